/** No document of AWS is larger: its ReadOnlyAccess has some 100,000 characters. */
const mostCharacters = 1_048_576;

/** A policy nests six deep: document, statements, statement, condition, operator, values. */
const mostDepth = 16;

/** Why a text is no JSON as policies are written in. */
export class JsonError extends Error {
  override name = 'JsonError';
}

/**
 * Reads JSON, and refuses what JSON allows and policies must not have: a member that is named twice (which of the two
 * counts is anybody's guess), and nesting and sizes that no policy has. Throws JsonError.
 */
export function parseStrictJson(text: string): unknown {
  if (text.length > mostCharacters) throw new JsonError(`longer than ${mostCharacters} characters`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new JsonError('not JSON');
  }
  refuseRepeatedNames(text);
  return value;
}

/** Walks over a text that is JSON for certain, with the names of each object that is open. */
function refuseRepeatedNames(text: string): void {
  const open: Set<string>[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '{' || character === '[') {
      if (open.length === mostDepth) throw new JsonError(`nested more than ${mostDepth} deep`);
      open.push(new Set());
    } else if (character === '}' || character === ']') open.pop();
    else if (character === '"') {
      const end = endOfString(text, at);
      if (isName(text, end)) takeName(open.at(-1), text.slice(at, end));
      at = end - 1;
    }
  }
}

/** The place after the closing quotation mark of the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** Whether what ends before `at` is the name of a member. */
function isName(text: string, at: number): boolean {
  while (' \t\r\n'.includes(text[at] ?? '.')) at += 1;
  return text[at] === ':';
}

function takeName(names: Set<string> | undefined, literal: string): void {
  const name = String(JSON.parse(literal));
  if (names?.has(name)) throw new JsonError(`${literal} stands twice in one object`);
  names?.add(name);
}
