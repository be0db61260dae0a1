/** One case of a report in JUnit's XML. */
export interface Case {
  readonly name: string;
  readonly state: 'passed' | 'skipped' | 'disabled' | 'failed';
  /** What the report says of a case that did not pass; '' where it says nothing. */
  readonly why: string;
}

const entities: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

const unescape = (text: string): string =>
  text
    .replaceAll(/&#x?([0-9A-Fa-f]+);/g, (whole, code: string) =>
      String.fromCodePoint(Number.parseInt(code, whole.startsWith('&#x') ? 16 : 10)),
    )
    .replaceAll(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => entities[name] ?? '');

const attribute = (tag: string, name: string): string | undefined => {
  const found = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
  return found === undefined ? undefined : unescape(found);
};

const stateOf: Record<string, Case['state']> = {
  skipped: 'skipped',
  disabled: 'disabled',
  failure: 'failed',
  failed: 'failed',
  error: 'failed',
};

/** The cases of a report, in its order. */
export function readCases(xml: string): Case[] {
  const found: Case[] = [];
  for (const [, tag = '', short, body = ''] of xml.matchAll(
    /<testcase\b((?:[^>"]|"[^"]*")*?)(\/)?>(?:(?<!\/>)([\s\S]*?)<\/testcase>)?/g,
  )) {
    const inside = short === '/' ? '' : body;
    const name = attribute(tag, 'name') ?? '';
    const said = /<(skipped|failure|error)\b((?:[^>"]|"[^"]*")*?)(?:\/>|>([\s\S]*?)<\/\1>)/.exec(inside);
    const why = said ? (attribute(said[2] ?? '', 'message') ?? unescape(said[3] ?? '')).trim() : '';
    // one suite says it with an element, the other with an attribute
    const state = stateOf[said?.[1] ?? ''] ?? stateOf[attribute(tag, 'status') ?? ''] ?? 'passed';
    found.push({ name, state, why });
  }
  return found;
}
