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

/** What stands between two runs: a text, or texts at their places with {@link anyOne} between them. */
type Chunk = string | SpacedChunk;

interface SpacedChunk {
  readonly length: number;
  readonly texts: readonly PlacedText[];
  readonly longest: PlacedText;
}

interface PlacedText {
  readonly at: number;
  text: string;
}

/**
 * A pattern that long texts may be held against, taken apart once: its fixed texts are looked for one behind the other by
 * the engine's own search, which is a hundred times as fast as going through the units.
 */
export function compileUnits(pattern: Wildcard): (text: string) => boolean {
  const chunks = chunksOf(pattern);
  const [first = '', last = ''] = [chunks[0], chunks.at(-1)];
  const shortest = pattern.reduce((sum, unit) => sum + (unit === anyRun ? 0 : 1), 0);
  if (chunks.length === 1) return (text) => text.length === shortest && standsAt(first, text, 0);
  const middle = chunks.slice(1, -1).filter(({ length }) => length > 0);
  return (text) => {
    if (text.length < shortest) return false;
    const end = text.length - last.length;
    if (!standsAt(first, text, 0) || !standsAt(last, text, end)) return false;
    let at = first.length;
    for (const chunk of middle) {
      const found = findChunk(chunk, text, at);
      if (found < 0 || found + chunk.length > end) return false;
      at = found + chunk.length;
    }
    return true;
  };
}

function chunksOf(pattern: Wildcard): Chunk[] {
  const chunks: Chunk[] = [];
  for (let start = 0, end = 0; start <= pattern.length; start = end + 1) {
    end = pattern.indexOf(anyRun, start);
    if (end < 0) end = pattern.length;
    const units = pattern.slice(start, end);
    chunks.push(units.includes(anyOne) ? spacedChunk(units) : textOfUnits(units));
  }
  return chunks;
}

function spacedChunk(units: Wildcard): SpacedChunk {
  const texts: PlacedText[] = [];
  for (const [at, unit] of units.entries()) {
    if (unit === anyOne) continue;
    const last = texts.at(-1);
    if (last && last.at + last.text.length === at) last.text += String.fromCharCode(unit);
    else texts.push({ at, text: String.fromCharCode(unit) });
  }
  const longest = texts.reduce((a, b) => (b.text.length > a.text.length ? b : a), { at: 0, text: '' });
  return { length: units.length, texts, longest };
}

/** The text of units without wildcards. */
export function textOfUnits(units: Wildcard): string {
  let text = '';
  for (const unit of units) text += String.fromCharCode(unit);
  return text;
}

function standsAt(chunk: Chunk, text: string, at: number): boolean {
  if (typeof chunk === 'string') return text.startsWith(chunk, at);
  for (const one of chunk.texts) if (!text.startsWith(one.text, at + one.at)) return false;
  return true;
}

function findChunk(chunk: Chunk, text: string, from: number): number {
  if (typeof chunk === 'string') return text.indexOf(chunk, from);
  const { length, longest } = chunk;
  for (let at = from; at + length <= text.length; at += 1) {
    const found = text.indexOf(longest.text, at + longest.at);
    if (found < 0) return -1;
    at = found - longest.at;
    if (at + length <= text.length && standsAt(chunk, text, at)) return at;
  }
  return -1;
}

/** Matches a whole text against a pattern in which `*` stands for any run of characters. */
export function matchesWildcard(pattern: string, text: string): boolean {
  return matchesUnits(parseWildcard(pattern, 'itself'), text);
}
