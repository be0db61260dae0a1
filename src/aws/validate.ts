/**
 * The constraints of the model, enforced before an operation sees its input. What is wrong is found by one walk; how it
 * is said is the manner of the service, a row of {@link manners}.
 */
import { ProtocolError } from './errors.ts';
import type { ListShape, MapShape, Model, Shape, StructureShape } from './model.ts';

type Constraint =
  | { readonly kind: 'required' }
  | { readonly kind: 'minLength' | 'maxLength' | 'minValue' | 'maxValue'; readonly bound: number }
  | { readonly kind: 'pattern'; readonly text: string }
  | { readonly kind: 'enumeration'; readonly values: readonly string[] };

interface Violation {
  /** Members and 1-based positions: `tags.2.member.key`. */
  readonly path: string;
  readonly value: unknown;
  readonly shape: Shape;
  readonly constraint: Constraint;
  /** The list that a plain value stands in. */
  readonly list?: { readonly path: string; readonly value: unknown; readonly shape: ListShape } | undefined;
}

interface Manner {
  /** Exception or error code; that of the protocol where nothing is said. */
  readonly code?: string;
  /** How many violations are reported at most. */
  readonly most: number;
  readonly say: (violations: readonly Violation[]) => string;
}

/** How most services say it: all that is wrong in one sentence each, with the value. */
const coral: Manner = {
  most: 10,
  say: (violations) => {
    const sentences = new Set(violations.map(coralSentence));
    const count = sentences.size === 1 ? '1 validation error' : `${sentences.size} validation errors`;
    return `${count} detected: ${[...sentences].join('; ')}`;
  },
};

/** ECR names the first field that is wrong and not its value (ecr-operations.md §4.1 of the reference notes). */
const ecr: Manner = {
  code: 'InvalidParameterException',
  most: 1,
  say: ([violation]) =>
    violation === undefined
      ? ''
      : `Invalid parameter at '${violation.path}' failed to satisfy constraint: '${ecrSentence(violation)}'`,
};

/** By signing name; services that are not in here speak as most do. */
const manners: Readonly<Record<string, Manner>> = { ecr, 'ecr-public': ecr };

/** Shapes that an older layer of ECR checks, which leaves out the word "Member" and has its own words for patterns. */
const olderLayer: ReadonlySet<string> = new Set(['RepositoryName']);

/** Throws a ProtocolError in the words of the service where the input breaks a constraint. */
export function validateInput(model: Model, shape: StructureShape, input: unknown): void {
  const manner = manners[model.metadata.signingName] ?? coral;
  const found: Violation[] = [];
  walk(shape, { value: input, path: '' }, (violation) => found.push(violation) < manner.most);
  if (found.length > 0) throw new ProtocolError('invalidInput', manner.say(found), manner.code);
}

interface Place {
  readonly value: unknown;
  readonly path: string;
  readonly list?: Violation['list'];
}

/** Takes a violation and says whether it wants more. */
type Report = (violation: Violation) => boolean;

/** Gives false where nothing more is wanted; so do the other walks. */
function walk(shape: Shape, place: Place, report: Report): boolean {
  if (!checkOwn(shape, place, report)) return false;
  if (shape.type === 'structure') return walkMembers(shape, place, report);
  if (shape.type === 'list') return walkItems(shape, place, report);
  return shape.type !== 'map' || walkEntries(shape, place, report);
}

function walkMembers(shape: StructureShape, { value, path }: Place, report: Report): boolean {
  const fields = value as Readonly<Record<string, unknown>>;
  for (const member of shape.members.values()) {
    const field = fields[member.name];
    if (field === undefined && !member.required) continue;
    const at = path === '' ? lowerFirst(member.name) : `${path}.${lowerFirst(member.name)}`;
    if (!walkPresent(member.shape, { value: field, path: at }, report)) return false;
  }
  return true;
}

function walkItems(shape: ListShape, { value, path }: Place, report: Report): boolean {
  const list = isPlain(shape.member) ? { path, value, shape } : undefined;
  let position = 0;
  for (const item of value as readonly unknown[]) {
    position += 1;
    if (!walkPresent(shape.member, { value: item, path: `${path}.${position}.member`, list }, report)) return false;
  }
  return true;
}

function walkEntries(shape: MapShape, { value, path }: Place, report: Report): boolean {
  for (const [key, item] of Object.entries(value as object)) {
    if (!walk(shape.key, { value: key, path: `${path}.key` }, report)) return false;
    if (!walkPresent(shape.value, { value: item, path: `${path}.${key}.member` }, report)) return false;
  }
  return true;
}

/** What is required must be there. Parsers leave undefined where a list or a map has a null. */
function walkPresent(shape: Shape, place: Place, report: Report): boolean {
  if (place.value !== undefined) return walk(shape, place, report);
  return report({ ...place, shape, constraint: { kind: 'required' } });
}

const isPlain = (shape: Shape): boolean => shape.type !== 'structure' && shape.type !== 'list' && shape.type !== 'map';
const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

/** The constraints of one shape alone. */
function checkOwn(shape: Shape, place: Place, report: Report): boolean {
  const { value } = place;
  const broken = (constraint: Constraint): boolean => report({ ...place, shape, constraint });
  const { min = -Infinity, max = Infinity } = shape;
  const length = lengthOf(shape, value);
  const size = length ?? (typeof value === 'number' ? value : 0);
  if (length !== undefined || typeof value === 'number') {
    if (size < min && !broken({ kind: length === undefined ? 'minValue' : 'minLength', bound: min })) return false;
    // A value that is too long is not looked at further: what a pattern costs grows with the length.
    if (size > max) return broken({ kind: length === undefined ? 'maxValue' : 'maxLength', bound: max });
  }
  if (shape.type !== 'string') return true;
  const text = String(value);
  const { pattern, values } = shape;
  if (pattern?.matches(text) === false && !broken({ kind: 'pattern', text: pattern.text })) return false;
  return values?.includes(text) !== false || broken({ kind: 'enumeration', values });
}

function lengthOf(shape: Shape, value: unknown): number | undefined {
  if (shape.type === 'string') return (value as string).length;
  if (shape.type === 'list') return (value as readonly unknown[]).length;
  if (shape.type === 'blob') return (value as Buffer).byteLength;
  if (shape.type === 'map') return Object.keys(value as object).length;
  return undefined;
}

function ecrSentence({ shape, constraint }: Violation): string {
  if (!olderLayer.has(shape.name)) return `Member ${demand(constraint)}`;
  // Java needs no `\/`, and the real text has none.
  if (constraint.kind === 'pattern')
    return `must satisfy regular expression '${constraint.text.replaceAll('\\/', '/')}'`;
  return demand(constraint);
}

function coralSentence({ path, value, shape, constraint, list }: Violation): string {
  if (list === undefined) return coralFrame(path, value, shape, `Member ${demand(constraint)}`);
  const all = constraint.kind === 'required' ? [constraint] : constraintsOf(shape);
  const inner = all.map((each) => `Member ${demand(each)}`).join(', ');
  return coralFrame(
    list.path,
    list.value,
    { ...list.shape, sensitive: shape.sensitive },
    `Member must satisfy constraint: [${inner}]`,
  );
}

/** Every constraint that a plain shape has: of the elements of a list the whole set is told. */
function constraintsOf(shape: Shape): Constraint[] {
  const sized = shape.type === 'string' || shape.type === 'blob';
  return [
    ...(shape.max === undefined
      ? []
      : [{ kind: sized ? ('maxLength' as const) : ('maxValue' as const), bound: shape.max }]),
    ...(shape.min === undefined
      ? []
      : [{ kind: sized ? ('minLength' as const) : ('minValue' as const), bound: shape.min }]),
    ...(shape.type === 'string' && shape.pattern !== undefined
      ? [{ kind: 'pattern' as const, text: shape.pattern.text }]
      : []),
    ...(shape.type === 'string' && shape.values !== undefined
      ? [{ kind: 'enumeration' as const, values: shape.values }]
      : []),
  ];
}

/** Longest value that is repeated in an error. */
const longestEcho = 1024;

function coralFrame(path: string, value: unknown, shape: Shape, sentence: string): string {
  const shown = shape.sensitive ? '' : value === undefined ? ' null' : ` '${printed(value).slice(0, longestEcho)}'`;
  return `Value${shown} at '${path}' failed to satisfy constraint: ${sentence}`;
}

function printed(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(printed).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return Buffer.isBuffer(value) ? `${value.byteLength} bytes` : JSON.stringify(value);
}

function demand(constraint: Constraint): string {
  switch (constraint.kind) {
    case 'required':
      return 'must not be null';
    case 'minLength':
      return `must have length greater than or equal to ${constraint.bound}`;
    case 'maxLength':
      return `must have length less than or equal to ${constraint.bound}`;
    case 'minValue':
      return `must have value greater than or equal to ${constraint.bound}`;
    case 'maxValue':
      return `must have value less than or equal to ${constraint.bound}`;
    case 'pattern':
      return `must satisfy regular expression pattern: ${constraint.text}`;
    default:
      return `must satisfy enum value set: [${setOrder(constraint.values).join(', ')}]`;
  }
}

/**
 * AWS prints the values of an enum in the order of a Java HashSet: by the low bits of the spread hash code. Checked with
 * the transcript of imageTagMutability, whose order is neither that of the model nor of the alphabet.
 */
function setOrder(values: readonly string[]): string[] {
  let buckets = 16;
  while (values.length > buckets * 0.75) buckets *= 2;
  const bucket = (text: string): number => {
    let hash = 0;
    for (let index = 0; index < text.length; index += 1) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
    return (hash ^ (hash >>> 16)) & (buckets - 1);
  };
  return values.toSorted((a, b) => bucket(a) - bucket(b));
}
