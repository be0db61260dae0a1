/**
 * Patterns with wildcards. A text is matched with two pointers and one point to go back to: the time is bounded by the
 * product of the lengths, whatever the pattern, where a regular expression could hang.
 */

/** What a pattern is made of: UTF-16 units, and these two in their place. A unit is never negative. */
export const anyRun = -1;
export const anyOne = -2;

/** Units of a text, or {@link anyRun} (any run of characters, also none) and {@link anyOne} (one character). */
export type Wildcard = readonly number[];

/** The pattern that a text stands for: `*` any run of characters and, where asked for, `?` one character. */
export function parseWildcard(text: string, questionMark: 'one character' | 'itself'): Wildcard {
  const units: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === 0x2a) units.push(anyRun);
    else if (unit === 0x3f && questionMark === 'one character') units.push(anyOne);
    else units.push(unit);
  }
  return units;
}

/** Matches a text from `from` up to `to` (its end) against the whole of a pattern. */
export function matchesUnits(pattern: Wildcard, text: string, from = 0, to = text.length): boolean {
  let p = 0;
  let star = -1;
  let resume = from;
  for (let t = from; t < to;) {
    const wanted = pattern[p];
    if (wanted === anyRun) {
      star = p++;
      resume = t;
    } else if (wanted !== undefined && (wanted === anyOne || wanted === text.charCodeAt(t))) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else return false;
  }
  while (pattern[p] === anyRun) p++;
  return p === pattern.length;
}

/** Matches a whole text against a pattern in which `*` stands for any run of characters. */
export function matchesWildcard(pattern: string, text: string): boolean {
  return matchesUnits(parseWildcard(pattern, 'itself'), text);
}
