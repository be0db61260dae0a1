/**
 * Size of a document as IAM's quotas count it: its characters without the white space between them (IAM user guide,
 * "IAM and AWS STS quotas"). White space inside of strings counts. STS, ECR and endpoints count every character.
 */
export function policySize(text: string): number {
  let size = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (quoted) {
      size += 1;
      if (unit === 0x5c) {
        at += 1;
        size += at < text.length ? 1 : 0;
      } else if (unit === 0x22) quoted = false;
    } else if (!isSpace(unit)) {
      size += 1;
      quoted = unit === 0x22;
    }
  }
  return size;
}

const isSpace = (unit: number): boolean => unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09;
