/** AWS JSON 1.1: POST / with the operation in X-Amz-Target and one JSON object as body (Smithy, "AWS JSON 1.1 protocol"). */
import { isUtf8 } from 'node:buffer';

import { ProtocolError } from '../errors.ts';
import { findHeader } from '../headers.ts';
import type { Shape, StructureShape } from '../model.ts';
import type { Protocol } from './protocol.ts';

const contentType = 'application/x-amz-json-1.1';

/** SDKs send 1.1, older or generic clients the others; none at all is what hand-written scripts send. */
const accepted = /^(?:application\/(?:x-amz-json-1\.[01]|json)[ \t]*(?:;.*)?)?$/i;

/** Deepest nesting of a body. No model needs more than ten; V8 needs seconds for millions of brackets. */
const deepest = 64;

export const jsonProtocol: Protocol = {
  name: 'json',

  refuseForeignForm(head) {
    const type = head.headers.get('content-type')?.join(',') ?? '';
    if (head.method === 'POST' && head.path === '/' && accepted.test(type)) return;
    throw new ProtocolError(
      'unknownForm',
      `This service takes POST requests to / with X-Amz-Target and a body of ${contentType}`,
    );
  },

  announcedAction({ headers }) {
    const target = findHeader(headers, 'x-amz-target');
    return target?.slice(target.lastIndexOf('.') + 1);
  },

  read(head, body) {
    return { action: jsonProtocol.announcedAction(head) ?? '', input: (shape) => readObject(shape, parseBody(body)) };
  },

  getOperation(model, { action }) {
    const operation = model?.operations.get(action);
    if (operation === undefined)
      throw new ProtocolError('unknownOperation', `Unknown operation: ${action.slice(0, 128)}`);
    return operation;
  },

  writeOutput(operation, output) {
    const value = operation.output === undefined ? {} : writeJsonValue(operation.output, output ?? {}, operation.name);
    return { contentType, body: JSON.stringify(value) };
  },

  writeError({ code, message, members }, { model }) {
    const shape = model?.shapes.get(code);
    const known = shape?.type === 'structure' ? (writeJsonValue(shape, members, code) as object) : {};
    return { contentType, body: JSON.stringify({ __type: code, message, ...known }) };
  },
};

const malformed = (message: string): ProtocolError => new ProtocolError('malformed', message);

function parseBody(body: Buffer): unknown {
  if (body.length === 0) return {};
  if (!isUtf8(body)) throw malformed('The request body is not valid UTF-8');
  if (isTooDeep(body)) throw malformed('The request body is nested too deeply');
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw malformed('The request body is not valid JSON');
  }
}

/** Counts brackets outside strings. Strings are skipped by a native search: a layer part is one long string. */
function isTooDeep(body: Buffer): boolean {
  if (body.length <= deepest) return false;
  let depth = 0;
  for (let index = 0; index < body.length; index += 1) {
    const byte = body[index];
    if (byte === 0x22) {
      const end = endOfString(body, index + 1);
      if (end < 0) return false;
      index = end;
    } else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > deepest) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
  return false;
}

/** Index of the quote that ends a string; -1 where it does not end, which JSON.parse will say. */
function endOfString(body: Buffer, from: number): number {
  for (let quote = body.indexOf(0x22, from); quote >= 0; quote = body.indexOf(0x22, quote + 1)) {
    let escapes = quote - 1;
    while (escapes >= from && body[escapes] === 0x5c) escapes -= 1;
    if ((quote - escapes) % 2 === 1) return quote;
  }
  return -1;
}

/** Members are looked up by the names of the model and only among the own ones: `__proto__` in a body is just unknown. */
function readObject(shape: StructureShape, value: unknown): Record<string, unknown> {
  if (!isObject(value)) throw mismatch(value, 'Structure');
  const members: Record<string, unknown> = {};
  for (const member of shape.members.values()) {
    const field = Object.hasOwn(value, member.wireName) ? value[member.wireName] : undefined;
    if (field !== undefined && field !== null) members[member.name] = readValue(member.shape, field);
  }
  return members;
}

/** A null in a list or a map becomes undefined, which validation refuses. */
function readValue(shape: Shape, value: unknown): unknown {
  switch (shape.type) {
    case 'structure':
      return readObject(shape, value);
    case 'list':
      if (!Array.isArray(value)) throw mismatch(value, 'List');
      return value.map((item) => (item === null ? undefined : readValue(shape.member, item)));
    case 'map':
      if (!isObject(value)) throw mismatch(value, 'Map');
      // fromEntries defines properties and never calls the setter of `__proto__`.
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, item === null ? undefined : readValue(shape.value, item)]),
      );
    case 'string':
      if (typeof value !== 'string') throw mismatch(value, 'String');
      return value;
    case 'boolean':
      if (typeof value !== 'boolean') throw mismatch(value, 'Boolean');
      return value;
    case 'blob':
      if (typeof value !== 'string') throw mismatch(value, 'Blob');
      return readBlob(value);
    case 'timestamp':
      return readTimestamp(value);
    default:
      return readNumber(shape.type, value);
  }
}

function readNumber(type: 'integer' | 'long' | 'float' | 'double', value: unknown): number {
  const name = type.charAt(0).toUpperCase() + type.slice(1);
  if (typeof value !== 'number' || !Number.isFinite(value)) throw mismatch(value, name);
  const largest = type === 'integer' ? 0x7fffffff : Number.MAX_SAFE_INTEGER;
  const whole = type === 'integer' || type === 'long';
  if (whole && !(Number.isInteger(value) && value >= -largest - 1 && value <= largest)) throw mismatch(value, name);
  return value;
}

function readTimestamp(value: unknown): Date {
  if (typeof value !== 'number') throw mismatch(value, 'Timestamp');
  const date = new Date(Math.round(value * 1000));
  if (Number.isNaN(date.getTime())) throw mismatch(value, 'Timestamp');
  return date;
}

/** Node decodes what it can and skips the rest: the length of the result tells whether everything was base64. */
export function readBlob(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const whole = text.length % 4 === 0 && bytes.length === (text.length / 4) * 3 - padding;
  if (!whole || text.includes('-') || text.includes('_')) throw malformed('Invalid base64 data in a blob');
  return bytes;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The service's own wordings for a value of the wrong type, as DynamoDB and others show them. */
function mismatch(value: unknown, wanted: string): ProtocolError {
  if (Array.isArray(value)) return malformed('Start of list found where not expected');
  if (isObject(value)) return malformed('Start of structure or map found where not expected.');
  if (wanted === 'Structure' || wanted === 'List' || wanted === 'Map')
    return malformed(`Expected ${wanted.toLowerCase()} or null`);
  const token =
    typeof value === 'boolean' ? String(value).toUpperCase() : typeof value === 'number' ? 'NUMBER' : 'STRING';
  return malformed(`${token}_VALUE can not be converted to ${wanted === 'Integer' ? 'an' : 'a'} ${wanted}`);
}

/**
 * An output as JSON by its shape: members of the model only, none without a value, dates as seconds, bytes as base64.
 * Throws TypeError where the value is not what the shape says: that is a bug of the operation.
 */
export function writeJsonValue(shape: Shape, value: unknown, where: string): unknown {
  switch (shape.type) {
    case 'structure': {
      if (!isObject(value)) throw unwritable(shape, where);
      const members: Record<string, unknown> = {};
      for (const member of shape.members.values()) {
        const field = Object.hasOwn(value, member.name) ? value[member.name] : undefined;
        if (field === undefined || field === null) continue;
        members[member.wireName] = writeJsonValue(member.shape, field, `${where}.${member.name}`);
      }
      return members;
    }
    case 'list':
      if (!Array.isArray(value)) throw unwritable(shape, where);
      return value.map((item, index) => writeJsonValue(shape.member, item, `${where}.${index}`));
    case 'map': {
      if (!isObject(value)) throw unwritable(shape, where);
      const present = Object.entries(value).filter(([, item]) => item !== undefined && item !== null);
      return Object.fromEntries(
        present.map(([key, item]) => [key, writeJsonValue(shape.value, item, `${where}.${key}`)]),
      );
    }
    case 'timestamp':
      if (!(value instanceof Date) || Number.isNaN(value.getTime())) throw unwritable(shape, where);
      return value.getTime() / 1000;
    case 'blob':
      if (!(value instanceof Uint8Array)) throw unwritable(shape, where);
      return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
    case 'string':
    case 'boolean':
      if (typeof value !== shape.type) throw unwritable(shape, where);
      return value;
    default:
      if (typeof value !== 'number' || !Number.isFinite(value)) throw unwritable(shape, where);
      return value;
  }
}

export const unwritable = (shape: Shape, where: string): TypeError =>
  new TypeError(`the output at ${where} is not a ${shape.type}`);
