/** AWS Query: parameters of a form in, XML out (Smithy, "AWS Query protocol"; identity.md §4 of the reference notes). */
import { isUtf8 } from 'node:buffer';

import { ProtocolError } from '../errors.ts';
import { findHeader } from '../headers.ts';
import type { Shape, StructureShape } from '../model.ts';
import { type FormNode, parseForm } from './form.ts';
import { readBlob, unwritable, writeJsonValue } from './json.ts';
import type { AnswerContext, Protocol, WireAnswer } from './protocol.ts';
import { element, escapeXml } from './xml.ts';

const formType = /^application\/x-www-form-urlencoded[ \t]*(?:;.*)?$/i;

/** Highest position in a list. Positions may have gaps, so that only their order counts. */
const highestPosition = 100_000;

export const queryProtocol: Protocol = {
  name: 'query',

  refuseForeignForm({ method, path }) {
    const known = (method === 'GET' || method === 'POST') && path === '/';
    if (!known) throw new ProtocolError('unknownForm', `The request ${method} ${path.slice(0, 128)} is not supported`);
  },

  announcedAction: () => undefined,

  // Both parts of a POST count: a presigned one has everything in its URL and nothing in its body.
  read({ method, query, headers }, body) {
    const type = headers.get('content-type')?.join(',') ?? '';
    const carried = method === 'POST' && body.length > 0;
    if (carried && type !== '' && !formType.test(type))
      throw malformed(`The content type '${type.slice(0, 128)}' is not supported`);
    if (carried && !isUtf8(body)) throw new ProtocolError('malformedQuery', 'The request body is not valid UTF-8');
    const form = parseForm(query, carried ? body.toString('utf8') : '');
    const action = form.children.get('Action')?.value ?? '';
    return { action, version: form.children.get('Version')?.value, input: (shape) => readStructure(shape, form) };
  },

  getOperation(model, { action, version }) {
    if (action === '') throw new ProtocolError('missingAction', 'Missing Action');
    const operation =
      version === undefined || version === model?.metadata.apiVersion ? model?.operations.get(action) : undefined;
    if (operation !== undefined) return operation;
    const words = `Could not find operation ${action.slice(0, 128)} for version ${version?.slice(0, 32) ?? 'NO_VERSION_SPECIFIED'}`;
    throw new ProtocolError('unknownOperation', words);
  },

  writeOutput(operation, output, context) {
    const { name, output: shape, resultWrapper = `${name}Result` } = operation;
    const value = output ?? {};
    if (wantsJson(context)) {
      const result = shape === undefined ? {} : { [resultWrapper]: writeJsonValue(shape, value, name) };
      return json({ [`${name}Response`]: { ...result, ResponseMetadata: { RequestId: context.requestId } } });
    }
    const result = shape === undefined ? '' : element(resultWrapper, writeXmlValue(shape, value, name));
    const metadata = element('ResponseMetadata', element('RequestId', context.requestId));
    return xml(`${name}Response`, result + metadata, context);
  },

  writeError({ code, message, fault }, context) {
    const type = fault ? 'Receiver' : 'Sender';
    if (wantsJson(context))
      return json({ Error: { Code: code, Message: message, Type: type }, RequestId: context.requestId });
    const parts = element('Type', type) + element('Code', code) + element('Message', escapeXml(message));
    return xml('ErrorResponse', element('Error', parts) + element('RequestId', context.requestId), context);
  },
};

const wantsJson = ({ headers }: AnswerContext): boolean =>
  /^application\/json\b/i.test(findHeader(headers, 'accept') ?? '');
const json = (value: object): WireAnswer => ({ contentType: 'application/json', body: JSON.stringify(value) });

function xml(root: string, content: string, { model }: AnswerContext): WireAnswer {
  const namespace = model?.metadata.xmlNamespace;
  const attribute = namespace === undefined ? '' : ` xmlns="${escapeXml(namespace)}"`;
  return { contentType: 'text/xml', body: `<${root}${attribute}>${content}</${root}>` };
}

function readStructure(shape: StructureShape, node: FormNode): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const member of shape.members.values()) {
    const child = node.children.get(member.wireName);
    const value = child === undefined ? undefined : readValue(member.shape, child, member.name);
    if (value !== undefined) members[member.name] = value;
  }
  return members;
}

function readValue(shape: Shape, node: FormNode, name: string): unknown {
  switch (shape.type) {
    case 'structure':
      return readStructure(shape, node);
    case 'list':
      return positions(node.children.get('member')).map((item) => readValue(shape.member, item, name));
    case 'map':
      return Object.fromEntries(
        positions(node.children.get('entry')).map((entry) => {
          const value = entry.children.get('value');
          return [entry.children.get('key')?.value ?? '', value && readValue(shape.value, value, name)];
        }),
      );
    default:
      return node.value === undefined ? undefined : readPlain(shape, node.value, name);
  }
}

/** The numbered children of a list or a map in their order. A list that is sent as `Name=` has none: it is empty. */
function positions(node: FormNode | undefined): FormNode[] {
  const numbered = [...(node?.children ?? [])].map(([key, child]): [number, FormNode] => {
    if (!/^[0-9]{1,6}$/.test(key) || Number(key) > highestPosition)
      throw malformed(`'${key.slice(0, 32)}' is not a position in a list`);
    return [Number(key), child];
  });
  return numbered.sort(([a], [b]) => a - b).map(([, child]) => child);
}

function readPlain(shape: Exclude<Shape, { type: 'structure' | 'list' | 'map' }>, text: string, name: string): unknown {
  const wrong = (): ProtocolError => malformed(`'${text.slice(0, 128)}' at '${name}' is not a valid ${shape.type}`);
  switch (shape.type) {
    case 'string':
      return text;
    case 'blob':
      return readBlob(text);
    case 'boolean':
      if (text !== 'true' && text !== 'false') throw wrong();
      return text === 'true';
    case 'timestamp': {
      // Without a time zone JavaScript would take it for local time.
      const date = new Date(/^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)$/.test(text) ? text : Number.NaN);
      if (Number.isNaN(date.getTime())) throw wrong();
      return date;
    }
    case 'integer':
    case 'long': {
      const value = /^[+-]?[0-9]{1,19}$/.test(text) ? Number(text) : Number.NaN;
      const largest = shape.type === 'integer' ? 0x7fffffff : Number.MAX_SAFE_INTEGER;
      if (!(value >= -largest - 1 && value <= largest)) throw wrong();
      return value;
    }
    default: {
      const value = /^[+-]?[0-9.]+(?:[eE][+-]?[0-9]{1,3})?$/.test(text) ? Number(text) : Number.NaN;
      if (!Number.isFinite(value)) throw wrong();
      return value;
    }
  }
}

const malformed = (message: string): ProtocolError => new ProtocolError('malformed', message);

/** The content of an element; throws TypeError where the value is not what the shape says. */
function writeXmlValue(shape: Shape, value: unknown, where: string): string {
  switch (shape.type) {
    case 'structure': {
      if (typeof value !== 'object' || value === null) throw unwritable(shape, where);
      const fields = value as Readonly<Record<string, unknown>>;
      const written: string[] = [];
      for (const member of shape.members.values()) {
        const field = Object.hasOwn(fields, member.name) ? fields[member.name] : undefined;
        if (field === undefined || field === null) continue;
        written.push(element(member.wireName, writeXmlValue(member.shape, field, `${where}.${member.name}`)));
      }
      return written.join('');
    }
    case 'list':
      if (!Array.isArray(value)) throw unwritable(shape, where);
      return value
        .map((item, index) => element('member', writeXmlValue(shape.member, item, `${where}.${index}`)))
        .join('');
    case 'map':
      return Object.entries(value as object)
        .filter(([, item]) => item !== undefined && item !== null)
        .map(
          ([key, item]) =>
            element('key', escapeXml(key)) + element('value', writeXmlValue(shape.value, item, `${where}.${key}`)),
        )
        .map((pair) => element('entry', pair))
        .join('');
    case 'timestamp':
      // Without a fraction, as IAM and STS print it.
      if (!(value instanceof Date) || Number.isNaN(value.getTime())) throw unwritable(shape, where);
      return value.toISOString().replace(/\.\d+Z$/, 'Z');
    default:
      return escapeXml(String(writeJsonValue(shape, value, where)));
  }
}
