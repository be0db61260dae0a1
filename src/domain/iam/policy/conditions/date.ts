import { compileParsed, type ValueCompiler } from './values.ts';

const iso = /^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/;

/** Milliseconds since 1970 of an ISO 8601 date (UTC where it names no zone) or of seconds since 1970. */
export function parseDate(text: string): number | undefined {
  if (/^-?\d{5,15}$/.test(text)) return Number(text) * 1000;
  const found = iso.exec(text);
  if (found === null) return /^\d{1,4}$/.test(text) ? Number(text) * 1000 : undefined;
  // four digits are a year: no policy means a second of the first hours of 1970
  const [, , , time, , , zone] = found;
  const at = Date.parse(time !== undefined && zone === undefined ? `${text}Z` : text);
  return Number.isNaN(at) ? undefined : at;
}

/** DateEquals, DateLessThan, …: what the request says, then what the policy says. */
export const compileDate = (compare: (given: number, wanted: number) => boolean): ValueCompiler =>
  compileParsed(parseDate, compare);
