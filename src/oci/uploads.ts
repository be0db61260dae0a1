import { allowRepository, type AllowedOn } from '../core/authorize.ts';
import { finishUpload as finish } from '../core/layers/finish-upload.ts';
import { mountLayer } from '../core/layers/mount-layer.ts';
import { statLayer } from '../core/layers/read-layer.ts';
import {
  appendUpload,
  cancelUpload as cancel,
  getUpload,
  startUpload,
  type IncomingBytes,
  type PartPlace,
} from '../core/layers/uploads.ts';
import { isDigest } from '../domain/digest.ts';
import { RegistryError, type ErrorKind } from '../domain/errors.ts';
import { isRepositoryName } from '../domain/names.ts';
import type { Exchange } from '../http/exchange.ts';
import { invalidDigest, OciError } from './errors.ts';
import { parseContentRange, progressRange } from './ranges.ts';
import { answer, header, urlOf, type OciRequest } from './request.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** POST /v2/<name>/blobs/uploads/: begins an upload, mounts a layer, or takes a whole one (`?digest=`). */
export async function postUpload(request: OciRequest): Promise<void> {
  const { app, call, registry, name, query } = request;
  const allowed = await allowRepository(app, call, 'ecr:InitiateLayerUpload', registry, name);
  const mount = query.get('mount');
  if (mount !== null && isDigest(mount) && (await tryMount(request, allowed, mount, query.get('from')))) {
    return answerStored(request, mount);
  }
  const digest = query.get('digest');
  if (digest !== null && mount === null) {
    if (!isDigest(digest)) throw invalidDigest(digest);
    const part = await allowRepository(app, call, 'ecr:UploadLayerPart', registry, name);
    const complete = await allowRepository(app, call, 'ecr:CompleteLayerUpload', registry, name);
    const { uploadId } = startUpload(app, call, allowed);
    await finish(app, call, complete, uploadId, digest, { ...bodyOf(request.exchange), allowed: part });
    return answerStored(request, digest);
  }
  const upload = startUpload(app, call, allowed);
  answer(request, 202, { ...progress(request, upload.uploadId, 0), 'oci-chunk-min-length': '0' });
}

/** Troubles of our own, which an upload would only meet again: the client is told, and comes back. */
const ofTheServer: ReadonlySet<ErrorKind> = new Set<ErrorKind>(['storageFull', 'databaseUnavailable']);

/** Whatever of its own stands in the way of a mount, the answer is an ordinary upload and no error (spec, "Mounting a blob"). */
async function tryMount(
  { app, call, registry }: OciRequest,
  target: AllowedOn<'ecr:InitiateLayerUpload'>,
  digest: string,
  from: string | null,
): Promise<boolean> {
  if (from === null) return (await statLayer(app, call, target, digest)) !== undefined;
  if (!isRepositoryName(from)) return false;
  try {
    const source = await allowRepository(app, call, 'ecr:GetDownloadUrlForLayer', registry, from);
    return await mountLayer(app, call, target, source, digest);
  } catch (error) {
    if (error instanceof RegistryError && !ofTheServer.has(error.kind)) return false;
    throw error;
  }
}

/** GET /v2/<name>/blobs/uploads/<id>: how far the upload is. */
export async function readUpload(request: OciRequest): Promise<void> {
  const { app, call, registry, name } = request;
  const allowed = await allowRepository(app, call, 'ecr:UploadLayerPart', registry, name);
  const { uploadId, received } = await getUpload(app, allowed, idOf(request));
  answer(request, 204, progress(request, uploadId, received));
}

/** PATCH /v2/<name>/blobs/uploads/<id>: the next chunk, or a stream of any length. */
export async function patchUpload(request: OciRequest): Promise<void> {
  const { app, exchange, call, registry, name } = request;
  const allowed = await allowRepository(app, call, 'ecr:UploadLayerPart', registry, name);
  const id = idOf(request);
  const upload = await reportingPlace(request, id, () =>
    appendUpload(app, call, allowed, id, { ...bodyOf(exchange), place: placeOf(exchange) }),
  );
  answer(request, 202, progress(request, id, upload.received));
}

/** PUT /v2/<name>/blobs/uploads/<id>?digest=…: ends the upload, with a last chunk if there is one. */
export async function finishUpload(request: OciRequest): Promise<void> {
  const { app, exchange, call, registry, name, query } = request;
  const allowed = await allowRepository(app, call, 'ecr:CompleteLayerUpload', registry, name);
  const id = idOf(request);
  const digest = query.get('digest') ?? '';
  if (!isDigest(digest)) throw invalidDigest(digest);
  if (!hasBody(exchange)) {
    await finish(app, call, allowed, id, digest);
    return answerStored(request, digest);
  }
  const part = await allowRepository(app, call, 'ecr:UploadLayerPart', registry, name);
  const body = { ...bodyOf(exchange), place: placeOf(exchange), allowed: part };
  await reportingPlace(request, id, () => finish(app, call, allowed, id, digest, body));
  answerStored(request, digest);
}

/** DELETE /v2/<name>/blobs/uploads/<id>: gives the upload up. */
export async function cancelUpload(request: OciRequest): Promise<void> {
  const { app, call, registry, name } = request;
  const allowed = await allowRepository(app, call, 'ecr:UploadLayerPart', registry, name);
  await cancel(app, call, allowed, idOf(request));
  answer(request, 204, {});
}

function idOf({ reference, name, registry }: OciRequest): string {
  if (uuid.test(reference)) return reference.toLowerCase();
  const names = { repositoryName: name, registryId: registry.account };
  throw new RegistryError('uploadNotFound', { ...names, uploadId: reference.slice(0, 64) });
}

function hasBody({ req }: Exchange): boolean {
  return req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
}

/** A body that is refused half-way must not take the connection with it: the client is still to read why. */
const bodyOf = ({ req }: Exchange): IncomingBytes => ({
  bytes: { [Symbol.asyncIterator]: () => req.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer> },
  given: true,
});

function placeOf(exchange: Exchange): PartPlace {
  const contentRange = header(exchange, 'content-range');
  if (contentRange === undefined) return {};
  const place = parseContentRange(contentRange);
  if (!place) {
    throw new OciError({ status: 400, code: 'BLOB_UPLOAD_INVALID', message: 'The Content-Range header is malformed' });
  }
  return place;
}

/** A chunk that is out of order is told where the upload stands (416 with Location and Range). */
async function reportingPlace<T>(request: OciRequest, id: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof RegistryError && error.kind === 'uploadOutOfOrder') {
      const { expected } = (error as RegistryError<'uploadOutOfOrder'>).parameters;
      for (const [key, value] of Object.entries(progress(request, id, expected)))
        request.exchange.res.setHeader(key, value);
    }
    throw error;
  }
}

function progress({ exchange, name }: OciRequest, uploadId: string, received: number): Record<string, string> {
  return {
    location: urlOf(exchange, `/v2/${name}/blobs/uploads/${uploadId}`),
    range: progressRange(received),
    'docker-upload-uuid': uploadId,
  };
}

function answerStored(request: OciRequest, digest: string): void {
  const location = urlOf(request.exchange, `/v2/${request.name}/blobs/${digest}`);
  answer(request, 201, { location, 'docker-content-digest': digest });
}
