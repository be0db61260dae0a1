/** A policy document as IAM's answers carry it: URL-encoded after RFC 3986, a space as `%20` (IAM API, PolicyVersion). */
export function encodeDocument(text: string): string {
  const hexadecimal = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, hexadecimal);
}
