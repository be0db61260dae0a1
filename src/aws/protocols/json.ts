import { ProtocolError } from '../errors.ts';
import type { Shape, StructureShape } from '../model.ts';

/** AWS JSON 1.1: bodies by the model, in and out. */

const depthLimit = 64;

const malformed = (message: string): ProtocolError => new ProtocolError('malformed', message);

/** Reads a body by its shape: unknown members are ignored, nulls count as absent. @throws ProtocolError malformed. */
export function parseJsonInput(shape: StructureShape | undefined, body: Uint8Array): Record<string, unknown> {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw malformed('The request body is not valid JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('Start of structure or map expected.');
  return shape ? (read(shape, value, 0) as Record<string, unknown>) : {};
}

function read(shape: Shape, value: unknown, depth: number): unknown {
  if (depth > depthLimit) throw malformed('The request is nested too deeply.');
  if (value === null) return undefined;
  switch (shape.type) {
    case 'structure': {
      const given = entriesOf(value);
      const result: Record<string, unknown> = {};
      for (const { name, wireName, shape: inner } of shape.members.values()) {
        const found = given.get(wireName);
        const member = found === undefined ? undefined : read(inner, found, depth + 1);
        if (member !== undefined) result[name] = member;
      }
      return result;
    }
    case 'list':
      if (!Array.isArray(value)) throw malformed('Unexpected token: expected a list.');
      return value.map((item) => read(shape.member, item, depth + 1));
    case 'map':
      return Object.fromEntries([...entriesOf(value)].map(([key, item]) => [key, read(shape.value, item, depth + 1)]));
    default:
      return readScalar(shape, value);
  }
}

function entriesOf(value: unknown): Map<string, unknown> {
  if (typeof value !== 'object' || Array.isArray(value)) throw malformed('Start of structure or map expected.');
  return new Map(Object.entries(value as object));
}

function readScalar(shape: Shape, value: unknown): unknown {
  const { type } = shape;
  if (type === 'string') {
    if (typeof value === 'string') return value;
    throw malformed(`${describe(value)} can not be converted to a String`);
  }
  if (type === 'boolean') {
    if (typeof value === 'boolean') return value;
    throw malformed(`${describe(value)} can not be converted to a Boolean`);
  }
  if (type === 'blob') {
    const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : undefined;
    if (bytes && isBase64(value as string)) return bytes;
    throw malformed('A blob must be base64 text.');
  }
  if (typeof value !== 'number' || !Number.isFinite(value)) throw malformed(`${describe(value)} can not be converted to a number`);
  if (type === 'timestamp') return new Date(value * 1000);
  if ((type === 'integer' || type === 'long') && !Number.isSafeInteger(value)) {
    throw malformed(`${describe(value)} can not be converted to an Integer`);
  }
  return value;
}

const isBase64 = (text: string): boolean => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);

const describe = (value: unknown): string =>
  typeof value === 'object' ? 'A structure or list' : `${typeof value} value`.toUpperCase();

/** Writes an output by its shape: only its members, absent ones left out, times as epoch seconds, blobs as base64. */
export function writeJsonOutput(shape: StructureShape | undefined, output: unknown): string {
  return JSON.stringify(shape ? write(shape, output ?? {}) : {});
}

function write(shape: Shape, value: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  switch (shape.type) {
    case 'structure': {
      const given = value as Readonly<Record<string, unknown>>;
      const members = [...shape.members.values()].map((one) => [one.wireName, write(one.shape, given[one.name])] as const);
      return Object.fromEntries(members.filter(([, member]) => member !== undefined));
    }
    case 'list':
      return (value as readonly unknown[]).map((item) => write(shape.member, item));
    case 'map':
      return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, write(shape.value, item)]));
    case 'timestamp':
      return (value as Date).getTime() / 1000;
    case 'blob':
      return Buffer.from(value as Uint8Array).toString('base64');
    default:
      return value;
  }
}
