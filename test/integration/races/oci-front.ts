/** Requests on the OCI front, and their answers in the words of the model. Whatever has no such word is a violation. */
import type { RunningApp } from '../../support/app.ts';
import { clientHeader } from './gates.ts';
import { Violation, type Answer, type Part, type Reference, type Request } from './requests.ts';
import { images, imageOf, layerOf } from './vocabulary.ts';

export type OciRequest = Extract<
  Request,
  { kind: 'find' | 'read' | 'mount' | 'start' | 'append' | 'finish' | 'cancel' | 'put' | 'get' | 'delete' }
>;

interface Exchange {
  readonly status: number;
  /** The code of the error that the body tells. */
  readonly code: string | undefined;
  readonly headers: Headers;
  /** Undefined where the answer broke off. */
  readonly body: Buffer | undefined;
}

type Send = (
  method: string,
  path: string,
  init?: { headers?: Record<string, string>; body?: Buffer },
) => Promise<Exchange>;

/** Sends requests for one client of a history. */
export function ociFront(
  running: RunningApp,
  authorization: string,
  client: number,
): (request: OciRequest) => Promise<Answer> {
  const send: Send = async (method, path, { headers = {}, body } = {}) => {
    const response = await running.registry.send(method, `/v2/${path}`, {
      headers: { ...headers, authorization, [clientHeader]: String(client) },
      ...(body ? { body: new Uint8Array(body) } : {}),
    });
    const bytes = await response.arrayBuffer().then(
      (whole) => Buffer.from(whole),
      () => undefined,
    );
    return { status: response.status, headers: response.headers, body: bytes, code: codeOf(response, bytes) };
  };
  return async (request) => {
    const exchange = await ask(send, request);
    const answer = answerOf(request, exchange);
    if (answer) return answer;
    const { status, code } = exchange;
    throw new Violation(`${request.kind} was answered ${status} ${code ?? ''}`);
  };
}

function codeOf({ status }: Response, body: Buffer | undefined): string | undefined {
  if (status < 400 || !body || body.length === 0) return undefined;
  return (JSON.parse(body.toString()) as { errors: { code: string }[] }).errors[0]?.code;
}

const referenceOf = (of: Reference): string => ('tag' in of ? of.tag : imageOf(of.image).digest);

async function ask(send: Send, request: OciRequest): Promise<Exchange> {
  const { repository } = request;
  switch (request.kind) {
    case 'find':
      return await send('HEAD', `${repository}/blobs/${layerOf(request.layer).digest}`);
    case 'read':
      return await send('GET', `${repository}/blobs/${layerOf(request.layer).digest}`);
    case 'mount':
      return await send(
        'POST',
        `${repository}/blobs/uploads/?mount=${layerOf(request.layer).digest}&from=${request.from}`,
      );
    case 'start':
      return await send('POST', `${repository}/blobs/uploads/`);
    case 'append':
      return await send('PATCH', `${repository}/blobs/uploads/${request.upload}`, partOf(request));
    case 'finish': {
      const { digest } = layerOf(request.layer);
      return await send('PUT', `${repository}/blobs/uploads/${request.upload}?digest=${digest}`, partOf(request));
    }
    case 'cancel':
      return await send('DELETE', `${repository}/blobs/uploads/${request.upload}`);
    case 'put': {
      const { digest, mediaType, manifest } = imageOf(request.image);
      const path = `${repository}/manifests/${request.tag ?? digest}`;
      return await send('PUT', path, { headers: { 'content-type': mediaType }, body: manifest });
    }
    case 'get':
      return await send('GET', `${repository}/manifests/${referenceOf(request.of)}`);
    default:
      return await send('DELETE', `${repository}/manifests/${request.of[0] ? referenceOf(request.of[0]) : ''}`);
  }
}

function partOf({ layer, first, end }: Part): { headers?: Record<string, string>; body?: Buffer } {
  if (first === end) return {};
  const headers = { 'content-type': 'application/octet-stream', 'content-range': `${first}-${end - 1}` };
  return { headers, body: layerOf(layer).bytes.subarray(first, end) };
}

/** What each kind of request may be told: `status` or `status code` → word. */
const words: Readonly<Record<OciRequest['kind'], Readonly<Record<string, string>>>> = {
  find: { '200': 'there', '404': 'absent' },
  read: { '200': 'there', '404 BLOB_UNKNOWN': 'absent', '404 NAME_UNKNOWN': 'absent', '500 UNKNOWN': 'lost' },
  mount: { '201': 'there', '202': 'upload', '404 NAME_UNKNOWN': 'no repository' },
  start: { '202': 'ok', '404 NAME_UNKNOWN': 'no repository' },
  append: {
    '202': 'ok',
    '404 NAME_UNKNOWN': 'absent',
    '404 BLOB_UPLOAD_UNKNOWN': 'absent',
    '416 BLOB_UPLOAD_INVALID': 'order',
  },
  finish: {
    '201': 'ok',
    '400 DIGEST_INVALID': 'wrong',
    '404 NAME_UNKNOWN': 'absent',
    '404 BLOB_UPLOAD_UNKNOWN': 'absent',
    '416 BLOB_UPLOAD_INVALID': 'order',
  },
  cancel: { '204': 'ok', '404 NAME_UNKNOWN': 'absent', '404 BLOB_UPLOAD_UNKNOWN': 'absent' },
  put: {
    '201': 'ok',
    '400 TAG_INVALID': 'immutable',
    '404 NAME_UNKNOWN': 'no repository',
    '404 BLOB_UPLOAD_UNKNOWN': 'missing',
    '404 MANIFEST_BLOB_UNKNOWN': 'missing',
  },
  get: { '200': 'there', '404 NAME_UNKNOWN': 'absent', '404 MANIFEST_UNKNOWN': 'absent' },
  delete: {
    '202': 'ok',
    '404 NAME_UNKNOWN': 'no repository',
    '404 MANIFEST_UNKNOWN': 'absent',
    '405 UNSUPPORTED': 'held',
  },
};

function answerOf(request: OciRequest, { status, code, headers, body }: Exchange): Answer | undefined {
  if (request.kind === 'read' && status === 200 && !body) return { said: 'lost' };
  const said = words[request.kind][code === undefined ? String(status) : `${status} ${code}`];
  if (said === undefined) return undefined;
  if (request.kind === 'read' && said === 'there' && !body?.equals(layerOf(request.layer).bytes)) {
    throw new Violation(`wrong bytes of layer ${request.layer}`);
  }
  if (request.kind === 'find' && said === 'there') {
    const size = Number(headers.get('content-length'));
    if (size !== layerOf(request.layer).bytes.length) throw new Violation(`size ${size} of layer ${request.layer}`);
  }
  if (request.kind === 'get' && said === 'there') return { said: nameOf(body) };
  if (said === 'upload' || request.kind === 'start') {
    return { said, upload: headers.get('docker-upload-uuid') ?? undefined };
  }
  return { said };
}

/** The image whose manifest was given, byte for byte. */
export function nameOf(manifest: Buffer | undefined): string {
  for (const image of images.values()) if (manifest?.equals(image.manifest)) return image.name;
  throw new Violation('a manifest that nobody has pushed');
}
