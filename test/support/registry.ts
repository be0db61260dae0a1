/** The OCI front spoken by hand: for what real clients cannot be made to do, and for load. */
import { blobsOf, mediaTypes, type Blob, type Image } from './images.ts';

export interface Registry {
  /** Any request below /v2/. */
  send(method: string, path: string, init?: RequestInit): Promise<Response>;
  /** Opens an upload session; gives its absolute URL. */
  startUpload(repository: string): Promise<string>;
  /** Sends the next bytes of an upload; gives the URL for what follows. */
  sendChunk(session: string, bytes: Buffer, start: number): Promise<string>;
  finishUpload(session: string, digest: string, rest?: Buffer): Promise<Response>;
  pushBlob(repository: string, blob: Blob): Promise<void>;
  putManifest(repository: string, reference: string, image: Image): Promise<Response>;
  /** Blobs, then children, then the manifest under `reference` (a tag, or its digest). */
  pushImage(repository: string, image: Image, reference?: string): Promise<void>;
  getManifest(repository: string, reference: string): Promise<Response>;
  getBlob(repository: string, digest: string): Promise<Response>;
}

/** An answer that was not the expected one, with all that it said. */
export class UnexpectedAnswer extends Error {
  readonly status: number;

  constructor(what: string, status: number, body: string) {
    super(`${what}: ${status} ${body}`);
    this.status = status;
  }
}

/** Fails unless `response` has one of `statuses`; always reads the body, so that connections are used again. */
export async function expectStatus(response: Response, ...statuses: number[]): Promise<Buffer> {
  const body = Buffer.from(await response.arrayBuffer());
  if (!statuses.includes(response.status)) {
    throw new UnexpectedAnswer(response.url, response.status, body.toString().slice(0, 500));
  }
  return body;
}

const anyManifest = [mediaTypes.ociManifest, mediaTypes.ociIndex, mediaTypes.dockerManifest, mediaTypes.dockerList];

// Buffer's type allows shared memory, which fetch's body type does not
const bodyOf = (bytes: Buffer): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

export function registryAt(url: string, authorization?: string): Registry {
  const send: Registry['send'] = async (method, path, init = {}) => {
    const headers = new Headers(init.headers);
    if (authorization !== undefined && !headers.has('authorization')) headers.set('authorization', authorization);
    return await fetch(new URL(path, url), { ...init, method, headers, redirect: 'follow' });
  };

  const locationOf = (response: Response): string => {
    const location = response.headers.get('location');
    if (location === null) throw new Error(`${response.url} answered without Location`);
    return new URL(location, url).href;
  };

  const startUpload: Registry['startUpload'] = async (repository) => {
    const response = await send('POST', `/v2/${repository}/blobs/uploads/`);
    await expectStatus(response, 202);
    return locationOf(response);
  };

  const finishUpload: Registry['finishUpload'] = async (session, digest, rest = Buffer.alloc(0)) => {
    const target = new URL(session);
    target.searchParams.set('digest', digest);
    const headers = { 'content-type': 'application/octet-stream' };
    return await send('PUT', target.href, { headers, body: bodyOf(rest) });
  };

  const sendChunk: Registry['sendChunk'] = async (session, bytes, start) => {
    const headers = {
      'content-type': 'application/octet-stream',
      'content-range': `${start}-${start + bytes.length - 1}`,
    };
    const response = await send('PATCH', session, { headers, body: bodyOf(bytes) });
    await expectStatus(response, 202);
    return locationOf(response);
  };

  const pushBlob: Registry['pushBlob'] = async (repository, blob) => {
    const known = await send('HEAD', `/v2/${repository}/blobs/${blob.digest}`);
    if (known.status === 200) return;
    await expectStatus(known, 404);
    await expectStatus(await finishUpload(await startUpload(repository), blob.digest, blob.bytes), 201);
  };

  const putManifest: Registry['putManifest'] = async (repository, reference, image) => {
    const headers = { 'content-type': image.mediaType };
    return await send('PUT', `/v2/${repository}/manifests/${reference}`, { headers, body: bodyOf(image.manifest) });
  };

  const pushManifests = async (repository: string, image: Image, reference: string): Promise<void> => {
    for (const child of image.children) await pushManifests(repository, child, child.digest);
    await expectStatus(await putManifest(repository, reference, image), 201);
  };

  return {
    send,
    startUpload,
    sendChunk,
    finishUpload,
    pushBlob,
    putManifest,
    async pushImage(repository, image, reference = image.digest) {
      for (const blob of blobsOf(image)) await pushBlob(repository, blob);
      await pushManifests(repository, image, reference);
    },
    async getManifest(repository, reference) {
      const headers = { accept: anyManifest.join(', ') };
      return await send('GET', `/v2/${repository}/manifests/${reference}`, { headers });
    },
    getBlob: async (repository, digest) => await send('GET', `/v2/${repository}/blobs/${digest}`),
  };
}
