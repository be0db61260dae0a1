/** Writing XML, which is all that AWS Query needs: the server never parses any. */

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/**
 * Text of an element. Control characters become references, `\r` too, which parsers would otherwise turn into `\n`.
 * XML 1.0 knows no form at all of most of them (nor of lone surrogates): those become U+FFFD, or the answer would not parse.
 */
export function escapeXml(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return text.toWellFormed().replace(/[&<>"'\u0000-\u001f\u007f-\u009f\u2028\ufffe\uffff]/g, (character) => {
    const entity = entities[character];
    if (entity !== undefined) return entity;
    const code = character.charCodeAt(0);
    const writable = code >= 0x7f ? code < 0xfffe : code === 9 || code === 10 || code === 13;
    return writable ? `&#x${code.toString(16).toUpperCase()};` : '\ufffd';
  });
}

/** An element around content that is XML already. */
export const element = (name: string, content: string): string => `<${name}>${content}</${name}>`;
