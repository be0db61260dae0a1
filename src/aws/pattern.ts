/**
 * The patterns of a model, matched against the whole string in time linear in its length.
 *
 * V8 matches by backtracking, and a quantified group such as `(?:[-a-z]?[a-z]+)*` (ScanningRepositoryFilterValue) then
 * takes time exponential in the length of a hostile value. Patterns with a quantified group therefore run on the small
 * automaton below (all positions at once, Thompson 1968), which remembers where its steps have led; the others are left
 * to RegExp.
 */

export interface Pattern {
  /** As the model has it. */
  readonly text: string;
  matches(value: string): boolean;
}

/** The work is left to the first value: a start would compile hundreds that nobody asks for. */
export function compilePattern(text: string): Pattern {
  let matches: Pattern['matches'] | undefined;
  return { text, matches: (value) => (matches ??= matcherOf(text))(value) };
}

function matcherOf(text: string): Pattern['matches'] {
  // The automaton does not look ahead. AccountAlias does, whose alternatives exclude each other and are counted.
  if (/\)[*+?{]/.test(text) && !text.includes('(?!')) return createAutomaton(text);
  // Property escapes need the u flag, with which identity escapes such as `\:` (federatedIdType) are errors.
  const whole = new RegExp(`^(?:${text})$`, text.includes('\\p{') ? 'u' : '');
  return (value) => whole.test(value);
}

type Node =
  | { readonly kind: 'unit'; readonly source: string }
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  | { readonly kind: 'sequence'; readonly items: readonly Node[] }
  | { readonly kind: 'choice'; readonly items: readonly Node[] }
  | { readonly kind: 'repeat'; readonly item: Node; readonly min: number; readonly max: number };

/** Splits a pattern into its tokens: escapes, classes, group openings, quantifiers, single characters. */
const tokens = /\\.|\[(?:\\.|[^\]\\])*\]|\(\?:|\{\d+(?:,\d*)?\}|[^]/g;

function parsePattern(text: string): Node {
  const queue = text.match(tokens) ?? [];
  let position = 0;

  const choice = (): Node => {
    const items = [sequence()];
    while (queue[position] === '|') {
      position += 1;
      items.push(sequence());
    }
    return { kind: 'choice', items };
  };
  const sequence = (): Node => {
    const items: Node[] = [];
    while (position < queue.length && queue[position] !== '|' && queue[position] !== ')') items.push(quantified());
    return { kind: 'sequence', items };
  };
  const quantified = (): Node => {
    const item = atom();
    const [min, max] = bounds(queue[position]);
    if (min < 0) return item;
    position += 1;
    return { kind: 'repeat', item, min, max };
  };
  const atom = (): Node => {
    const token = queue[position] ?? '';
    position += 1;
    if (token === '(' || token === '(?:') {
      const inner = choice();
      if (queue[position] !== ')') throw new Error(`cannot compile the pattern ${text}`);
      position += 1;
      return inner;
    }
    if (token === '^') return { kind: 'start' };
    if (token === '$') return { kind: 'end' };
    if (/^(?:[*+?]|\{.*\}|\\[bBkpP1-9])$/.test(token)) throw new Error(`cannot compile the pattern ${text}`);
    return { kind: 'unit', source: token };
  };

  const root = choice();
  if (position < queue.length) throw new Error(`cannot compile the pattern ${text}`);
  return root;
}

/** How often a quantifier repeats what stands before it; -1 where the token is none. */
function bounds(token: string | undefined): [min: number, max: number] {
  if (token === '*') return [0, Infinity];
  if (token === '+') return [1, Infinity];
  if (token === '?') return [0, 1];
  const range = /^\{(\d+)(?:(,)(\d*))?\}$/.exec(token ?? '');
  if (range === null) return [-1, -1];
  const min = Number(range[1]);
  if (range[2] === undefined) return [min, min];
  return [min, range[3] === '' ? Infinity : Number(range[3])];
}

/** One state: consumes a unit, asserts a position, or leads to others without consuming. The last state accepts. */
interface State {
  readonly accepts?: (unit: number) => boolean;
  readonly assert?: 'start' | 'end';
  readonly next: number[];
}

function buildStates(root: Node): State[] {
  const states: State[] = [];
  const add = (state: State): number => states.push(state) - 1;

  /** Appends the states of a node; gives its entry and its exit, whose `next` is still open. */
  const build = (node: Node): [entry: number, exit: number] => {
    if (node.kind === 'unit') {
      const state = add({ accepts: unitTest(node.source), next: [] });
      return [state, state];
    }
    if (node.kind === 'start' || node.kind === 'end') {
      const state = add({ assert: node.kind, next: [] });
      return [state, state];
    }
    const entry = add({ next: [] });
    const link = (from: number, to: number): void => void states[from]?.next.push(to);
    if (node.kind === 'choice') {
      const exit = add({ next: [] });
      for (const item of node.items) {
        const [start, end] = build(item);
        link(entry, start);
        link(end, exit);
      }
      return [entry, exit];
    }
    let exit = entry;
    const append = (item: Node): [number, number] => {
      const [start, end] = build(item);
      link(exit, start);
      exit = end;
      return [start, end];
    };
    if (node.kind === 'sequence') {
      node.items.forEach(append);
      return [entry, exit];
    }
    for (let count = 0; count < node.min; count += 1) append(node.item);
    const out = add({ next: [] });
    if (node.max === Infinity) {
      const before = exit;
      const [start, end] = append(node.item);
      link(end, start);
      link(before, out);
    } else {
      for (let count = node.min; count < node.max; count += 1) {
        link(exit, out);
        append(node.item);
      }
    }
    link(exit, out);
    return [entry, out];
  };

  const [entry, exit] = build(root);
  states.push({ next: [entry] });
  const accept = add({ next: [] });
  states[exit]?.next.push(accept);
  return states;
}

/** Whether a UTF-16 unit is in a class or is the character: RegExp decides once for ASCII, where nearly every value lies. */
function unitTest(source: string): (unit: number) => boolean {
  const single = new RegExp(`^${source}$`);
  const ascii = Array.from({ length: 128 }, (_, unit) => single.test(String.fromCharCode(unit)));
  return (unit) => ascii[unit] ?? single.test(String.fromCharCode(unit));
}

/** All states that the automaton is in at once, after some part of a value. */
interface Standing {
  /** Those that wait for a unit. */
  readonly waiting: readonly State[];
  /** Whether the value may end here. */
  readonly accepts: boolean;
  /** Where each unit of ASCII leads, as far as a value has led there; undefined for a standing that is not remembered. */
  readonly next: (Standing | undefined)[] | undefined;
}

/** Most standings that a pattern remembers; a value that leads to others is followed at the price of working them out. */
const mostStandings = 256;

function createAutomaton(text: string): (value: string) => boolean {
  const states = buildStates(parsePattern(text));
  const accept = states.length - 1;
  const entry = accept - 1;
  const known = new Map<string, Standing>();

  /** What is reached from some states without a unit. */
  const reach = (from: readonly number[], at: { start: boolean; end: boolean }): Set<number> => {
    const reached = new Set<number>();
    const open = [...from];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      const state = states[id];
      if (state === undefined || reached.has(id)) continue;
      reached.add(id);
      const holds = state.assert === undefined || at[state.assert];
      if (holds && state.accepts === undefined) open.push(...state.next);
    }
    return reached;
  };
  const stand = (from: readonly number[], start: boolean): Standing => {
    const ids = [...reach(from, { start, end: false })].filter((id) => states[id]?.accepts !== undefined);
    const accepts = reach(from, { start, end: true }).has(accept);
    const key = `${ids.toSorted((a, b) => a - b).join(' ')}${accepts ? '.' : ''}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const isKept = known.size < mostStandings;
    const standing = { waiting: ids.flatMap((id) => states[id] ?? []), accepts, next: isKept ? [] : undefined };
    if (isKept) known.set(key, standing);
    return standing;
  };
  const step = (from: Standing, unit: number): Standing => {
    const there = from.next?.[unit];
    if (there !== undefined) return there;
    const to = stand(
      from.waiting.flatMap((state) => (state.accepts?.(unit) === true ? state.next : [])),
      false,
    );
    if (unit < 128 && from.next && to.next) from.next[unit] = to;
    return to;
  };

  const first = stand([entry], true);
  return (value) => {
    let standing = first;
    for (let position = 0; position < value.length; position += 1) {
      if (standing.waiting.length === 0) return false;
      standing = step(standing, value.charCodeAt(position));
    }
    return standing.accepts;
  };
}
