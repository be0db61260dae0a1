/**
 * A service model (models/*.json) as typed data with every reference resolved. Parsed once, when the server starts.
 * It is the only thing that this room knows of a service.
 */
import { readFileSync } from 'node:fs';

import { compilePattern, type Pattern } from './pattern.ts';

export interface Model {
  readonly metadata: Metadata;
  readonly operations: ReadonlyMap<string, Operation>;
  readonly paginators: ReadonlyMap<string, Paginator>;
  readonly shapes: ReadonlyMap<string, Shape>;
}

export interface Metadata {
  readonly serviceId: string;
  readonly apiVersion: string;
  readonly protocol: 'json' | 'query';
  /** AWS JSON: what stands before the operation in X-Amz-Target. */
  readonly targetPrefix?: string | undefined;
  /** Name in the credential scope of a signature. */
  readonly signingName: string;
  /** The signature schemes that the service takes: aws.auth#sigv4, aws.auth#sigv4a. */
  readonly auth: readonly string[];
  /** A service that has one is not bound to the region of its signature. */
  readonly globalEndpoint?: string | undefined;
  readonly xmlNamespace?: string | undefined;
}

export interface Operation {
  readonly name: string;
  readonly input?: StructureShape | undefined;
  readonly output?: StructureShape | undefined;
  readonly errors: readonly StructureShape[];
  /** AWS Query: the element around the output. */
  readonly resultWrapper?: string | undefined;
  /** True where the operation takes requests without a signature. */
  readonly unsigned: boolean;
  /** True where the input has a blob somewhere, or a text of more than 256 KiB such as a manifest: its requests may be long. */
  readonly longInput: boolean;
}

export interface Paginator {
  readonly input_token: string;
  readonly output_token: string;
  readonly limit_key?: string | undefined;
  readonly result_key: string;
}

interface Bounds {
  readonly name: string;
  /** Of the length of strings, blobs, lists and maps, and of the value of numbers. */
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** The value never appears in an error or in a log. */
  readonly sensitive: boolean;
}

export interface StructureShape extends Bounds {
  readonly type: 'structure';
  readonly members: ReadonlyMap<string, Member>;
  readonly exception?: ExceptionTraits | undefined;
}

export interface Member {
  readonly name: string;
  /** What stands on the wire; the name of the member where the model says nothing else. */
  readonly wireName: string;
  readonly shape: Shape;
  readonly required: boolean;
}

export interface ExceptionTraits {
  readonly code?: string | undefined;
  readonly httpStatus?: number | undefined;
  /** True where the service, not the caller, is at fault. */
  readonly fault: boolean;
}

export interface ListShape extends Bounds {
  readonly type: 'list';
  readonly member: Shape;
}

export interface MapShape extends Bounds {
  readonly type: 'map';
  readonly key: Shape;
  readonly value: Shape;
}

export interface StringShape extends Bounds {
  readonly type: 'string';
  readonly pattern?: Pattern | undefined;
  readonly values?: readonly string[] | undefined;
}

export interface PlainShape extends Bounds {
  readonly type: 'integer' | 'long' | 'float' | 'double' | 'boolean' | 'timestamp' | 'blob';
}

export type Shape = StructureShape | ListShape | MapShape | StringShape | PlainShape;

/** Reads the model of a service from the folder of models. */
export function readModel(service: string): Model {
  return parseModel(JSON.parse(readFileSync(new URL(`../../models/${service}.json`, import.meta.url), 'utf8')));
}

/** The exception of the model with this name, where it declares one. */
export function findException(
  model: Model,
  name: string,
): (StructureShape & { exception: ExceptionTraits }) | undefined {
  const shape = model.shapes.get(name);
  return shape?.type === 'structure' && shape.exception !== undefined
    ? { ...shape, exception: shape.exception }
    : undefined;
}

interface Reference {
  readonly shape: string;
  readonly locationName?: string;
}

interface RawShape {
  readonly type: Shape['type'];
  readonly min?: number;
  readonly max?: number;
  readonly sensitive?: boolean;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, Reference>>;
  readonly member?: Reference;
  readonly key?: Reference;
  readonly value?: Reference;
  readonly exception?: boolean;
  readonly code?: string;
  readonly httpStatus?: number;
  readonly fault?: boolean;
  readonly senderFault?: boolean;
}

interface RawOperation {
  readonly input?: string;
  readonly output?: string;
  readonly errors?: readonly string[];
  readonly resultWrapper?: string;
  readonly auth?: string;
}

interface RawModel {
  readonly metadata: Metadata;
  readonly operations: Readonly<Record<string, RawOperation>>;
  readonly paginators?: Readonly<Record<string, Paginator>>;
  readonly shapes: Readonly<Record<string, RawShape>>;
}

/**
 * Takes the content of a model file. Throws where a reference leads nowhere: such a model must not serve. Patterns are
 * compiled when a value is there; that each can be is for pattern.test.ts to show.
 */
export function parseModel(source: unknown): Model {
  const raw = source as RawModel;
  const shapes = new Map<string, Shape>();

  const resolve = (name: string): Shape => {
    const known = shapes.get(name);
    if (known !== undefined) return known;
    const source = raw.shapes[name];
    if (source === undefined) throw new Error(`the model of ${raw.metadata.serviceId} has no shape ${name}`);
    // Known under its name before its members are resolved: a shape may contain itself.
    const shape = { name, min: source.min, max: source.max, sensitive: source.sensitive === true } as Shape;
    shapes.set(name, shape);
    return Object.assign(shape, describe(source, resolve));
  };
  const structure = (name: string): StructureShape => {
    const shape = resolve(name);
    if (shape.type !== 'structure') throw new Error(`${name} is used as a structure and is a ${shape.type}`);
    return shape;
  };

  Object.keys(raw.shapes).forEach(resolve);
  const operations = new Map(
    Object.entries(raw.operations).map(([name, source]): [string, Operation] => {
      const input = source.input === undefined ? undefined : structure(source.input);
      const output = source.output === undefined ? undefined : structure(source.output);
      const operation = {
        name,
        input,
        output,
        errors: (source.errors ?? []).map(structure),
        resultWrapper: source.resultWrapper,
      };
      return [
        name,
        { ...operation, unsigned: source.auth === 'none', longInput: input !== undefined && isLong(input) },
      ];
    }),
  );
  return { metadata: raw.metadata, operations, paginators: new Map(Object.entries(raw.paginators ?? {})), shapes };
}

/** What a shape has beside its name and bounds. */
function describe(source: RawShape, resolve: (name: string) => Shape): object {
  const { type } = source;
  const follow = (reference: Reference | undefined): Shape => resolve(reference?.shape ?? '(missing)');
  if (type === 'structure') {
    const members = Object.entries(source.members ?? {}).map(([name, reference]): [string, Member] => {
      const required = source.required?.includes(name) === true;
      return [name, { name, wireName: reference.locationName ?? name, shape: resolve(reference.shape), required }];
    });
    const fault = source.fault === true || source.senderFault === false;
    const exception =
      source.exception === true ? { code: source.code, httpStatus: source.httpStatus, fault } : undefined;
    return { type, members: new Map(members), exception };
  }
  if (type === 'list') return { type, member: follow(source.member) };
  if (type === 'map') return { type, key: follow(source.key), value: follow(source.value) };
  if (type !== 'string') return { type };
  const pattern = source.pattern === undefined ? undefined : compilePattern(source.pattern);
  return { type, pattern, values: source.enum };
}

function isLong(shape: Shape, seen = new Set<Shape>()): boolean {
  if (seen.has(shape)) return false;
  seen.add(shape);
  if (shape.type === 'structure') return [...shape.members.values()].some((member) => isLong(member.shape, seen));
  if (shape.type === 'list') return isLong(shape.member, seen);
  if (shape.type === 'map') return isLong(shape.value, seen);
  return shape.type === 'blob' || (shape.type === 'string' && (shape.max ?? 0) > 256 * 1024);
}
