import { RegistryError } from '../../errors.ts';
import { PolicySyntaxError, readPolicyDocument, type PolicyDocument } from '../policy/document.ts';

/** A document that IAM or STS refuses, in its words. */
export function malformed(text: string): RegistryError {
  return new RegistryError('malformedPolicyDocument', { text });
}

/** IAM's words for a principal that cannot be one, or that is not there. */
export function invalidPrincipal(kind: 'AWS' | 'Service' | 'Federated', written: string): RegistryError {
  return malformed(`Invalid principal in policy: "${kind.toUpperCase()}":"${shown(written)}"`);
}

/** A part of a document as a message repeats it: not without end, and nothing in it that XML or a log could not hold. */
export function shown(written: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  const controls = /[\u0000-\u001f\u007f\ufffe\uffff]/g;
  return written.slice(0, 1024).toWellFormed().replace(controls, '\ufffd');
}

/**
 * Reads a document, or throws what `refusal` makes of one that is none. Halves of surrogate pairs, which an escape in
 * JSON can smuggle in, are texts that no database or log gives back: such a document is none either.
 */
export function readDocument(text: string, refusal: () => Error): PolicyDocument {
  try {
    const document = readPolicyDocument(text);
    if (text.isWellFormed() && isWellFormed(document)) return document;
  } catch (error) {
    if (!(error instanceof PolicySyntaxError)) throw error;
  }
  throw refusal();
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, inside]) => name.isWellFormed() && isWellFormed(inside));
}

/** The characters that IAM and STS take in a document (IAM API, policyDocumentType). */
export function hasOnlyPolicyCharacters(text: string): boolean {
  return /^[\t\n\r\u0020-\u00ff]*$/.test(text);
}
