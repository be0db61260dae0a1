import { compileParsed } from './values.ts';

/** The bytes of a base64 text, in the one form that they have; undefined for what is no base64. */
function parseBinary(text: string): string | undefined {
  const bytes = Buffer.from(text, 'base64').toString('base64');
  return bytes === text ? bytes : undefined;
}

/** BinaryEquals: the same bytes. */
export const compileBinary = compileParsed(parseBinary, (given, wanted) => given === wanted);
