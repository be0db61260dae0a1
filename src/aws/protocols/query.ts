import { ProtocolError, type WireError } from '../errors.ts';
import type { Operation, Shape, StructureShape } from '../model.ts';

/** AWS Query: form parameters in, XML out (or JSON where the client accepts it). */

const bounds = { parameters: 5000, depth: 16, index: 10_000 };

export type Form = ReadonlyMap<string, string>;

/** Reads form parameters; of one that is given twice the last counts. @throws ProtocolError malformedQuery. */
export function parseForm(text: string): Form {
  const form = new Map<string, string>();
  if (text === '') return form;
  for (const pair of text.split('&')) {
    const equals = pair.indexOf('=');
    try {
      const [name, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
      form.set(decode(name), decode(value));
    } catch {
      throw new ProtocolError('malformedQuery', 'The query string is malformed.');
    }
    if (form.size > bounds.parameters) throw new ProtocolError('malformedQuery', 'The request has too many parameters.');
  }
  return form;
}

const decode = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '));

/** Reads an input by its shape: `Name.member.N`, `Name.entry.N.key`, nested with dots. @throws ProtocolError malformed. */
export function parseQueryInput(shape: StructureShape | undefined, form: Form): Record<string, unknown> {
  if (!shape) return {};
  return (read(shape, treeOf(form), 0) ?? {}) as Record<string, unknown>;
}

interface Branch {
  value?: string;
  readonly children: Map<string, Branch>;
}

/** The parameters as a tree by their dotted names, so that reading costs what was sent and not what could be. */
function treeOf(form: Form): Branch {
  const root: Branch = { children: new Map() };
  for (const [name, value] of form) {
    const parts = name.split('.');
    if (parts.length > bounds.depth) throw new ProtocolError('malformed', 'The request is nested too deeply.');
    let branch = root;
    for (const part of parts) {
      const next = branch.children.get(part) ?? { children: new Map() };
      branch.children.set(part, next);
      branch = next;
    }
    branch.value = value;
  }
  return root;
}

function read(shape: Shape, branch: Branch | undefined, depth: number): unknown {
  if (!branch || depth > bounds.depth) return undefined;
  switch (shape.type) {
    case 'structure': {
      const result: Record<string, unknown> = {};
      for (const { name, wireName, shape: inner } of shape.members.values()) {
        const member = read(inner, branch.children.get(wireName), depth + 1);
        if (member !== undefined) result[name] = member;
      }
      return result;
    }
    case 'list':
      return numbered(branch.children.get('member')).map((item) => read(shape.member, item, depth + 1));
    case 'map':
      return Object.fromEntries(
        numbered(branch.children.get('entry')).map((entry) => [
          entry.children.get('key')?.value ?? '',
          read(shape.value, entry.children.get('value'), depth + 1),
        ]),
      );
    default:
      return branch.value === undefined ? undefined : readScalar(shape, branch.value);
  }
}

/** The children `1`, `2`, … in their order; gaps are allowed. */
function numbered(branch: Branch | undefined): Branch[] {
  const entries = [...(branch?.children ?? [])].filter(([name]) => /^[1-9][0-9]{0,4}$/.test(name) && Number(name) <= bounds.index);
  return entries.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, child]) => child);
}

function readScalar({ type }: Shape, text: string): unknown {
  const wrong = (): never => {
    throw new ProtocolError('malformed', `A value cannot be read as ${type}.`);
  };
  if (type === 'string') return text;
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : wrong();
  if (type === 'blob') return Buffer.from(text, 'base64');
  if (type === 'timestamp') {
    const time = Date.parse(text);
    return Number.isNaN(time) ? wrong() : new Date(time);
  }
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(number)) return wrong();
  return type === 'integer' || type === 'long' ? (Number.isSafeInteger(number) ? number : wrong()) : number;
}

/** The XML of an answer. */
export function writeQueryOutput(operation: Operation, output: unknown, requestId: string, namespace: string): string {
  const { name, output: shape, resultWrapper } = operation;
  const result = shape ? element(resultWrapper ?? `${name}Result`, writeXml(shape, output ?? {})) : '';
  const metadata = element('ResponseMetadata', element('RequestId', escape(requestId)));
  return `<${name}Response xmlns="${namespace}">${result}${metadata}</${name}Response>`;
}

/** The same as JSON, for clients that ask STS for it. */
export function writeQueryJson(operation: Operation, output: unknown, requestId: string): string {
  const { name, output: shape, resultWrapper } = operation;
  const result = shape ? { [resultWrapper ?? `${name}Result`]: plain(shape, output ?? {}) } : {};
  return JSON.stringify({ [`${name}Response`]: { ...result, ResponseMetadata: { RequestId: requestId } } });
}

export function writeQueryError(error: WireError, requestId: string, namespace: string): string {
  const type = element('Type', error.fault ? 'Receiver' : 'Sender');
  const body = element('Error', type + element('Code', escape(error.code)) + element('Message', escape(error.message)));
  return `<ErrorResponse xmlns="${namespace}">${body}${element('RequestId', escape(requestId))}</ErrorResponse>`;
}

export function writeQueryJsonError(error: WireError, requestId: string): string {
  const { code, message } = error;
  return JSON.stringify({ Error: { Code: code, Message: message, Type: error.fault ? 'Receiver' : 'Sender' }, RequestId: requestId });
}

const element = (name: string, content: string): string => `<${name}>${content}</${name}>`;

function writeXml(shape: Shape, value: unknown): string {
  switch (shape.type) {
    case 'structure': {
      const given = value as Readonly<Record<string, unknown>>;
      return [...shape.members.values()]
        .filter(({ name }) => given[name] !== undefined && given[name] !== null)
        .map(({ name, wireName, shape: inner }) => element(wireName, writeXml(inner, given[name])))
        .join('');
    }
    case 'list':
      return (value as readonly unknown[]).map((item) => element('member', writeXml(shape.member, item))).join('');
    case 'map':
      return Object.entries(value as object)
        .map(([key, item]) => element('entry', element('key', escape(key)) + element('value', writeXml(shape.value, item))))
        .join('');
    default:
      return escape(String(plain(shape, value)));
  }
}

function plain(shape: Shape, value: unknown): unknown {
  switch (shape.type) {
    case 'structure': {
      const given = value as Readonly<Record<string, unknown>>;
      const members = [...shape.members.values()].filter(({ name }) => given[name] !== undefined && given[name] !== null);
      return Object.fromEntries(members.map(({ name, wireName, shape: inner }) => [wireName, plain(inner, given[name])]));
    }
    case 'list':
      return (value as readonly unknown[]).map((item) => plain(shape.member, item));
    case 'timestamp':
      // Times of this protocol have no fraction.
      return `${(value as Date).toISOString().slice(0, 19)}Z`;
    case 'blob':
      return Buffer.from(value as Uint8Array).toString('base64');
    default:
      return value;
  }
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Control characters become references, or they are lost: a carriage return above all. What XML cannot say is dropped. */
function escape(text: string): string {
  return text
    .replace(/[&<>"]/g, (character) => entities[character] ?? '')
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '')
    .replace(/[\t\n\r\x7f]/g, (character) => `&#x${character.charCodeAt(0).toString(16).toUpperCase()};`);
}
