import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { allowAny, allowRepository } from '../core/authorize.ts';
import { openLayer, statLayer, type OpenLayer } from '../core/layers/read-layer.ts';
import { isDigest } from '../domain/digest.ts';
import type { Exchange } from '../http/exchange.ts';
import { release, worthReleasing } from '../lib/release.ts';
import { invalidDigest, OciError } from './errors.ts';
import { parseRange, type ByteRange } from './ranges.ts';
import { answer, header, type OciRequest } from './request.ts';

const unknownBlob = (digest: string): OciError =>
  new OciError({ status: 404, code: 'BLOB_UNKNOWN', message: `The layer with digest '${digest}' does not exist` });

const headersOf = (digest: string): Record<string, string> => ({
  'docker-content-digest': digest,
  etag: `"${digest}"`,
  'accept-ranges': 'bytes',
  'content-type': 'application/octet-stream',
});

/** HEAD and GET /v2/<name>/blobs/<digest>, with ranges and conditions. */
export async function readBlob(request: OciRequest): Promise<void> {
  const { app, exchange, call, registry, name, reference: digest } = request;
  if (!isDigest(digest)) throw invalidDigest(digest);
  if (exchange.method === 'HEAD') {
    // AWS's own pull-only policy allows the second action and not the first: either is enough.
    const actions = ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer'] as const;
    const found = await statLayer(app, call, await allowAny(app, call, actions, registry, name), digest);
    if (!found) throw unknownBlob(digest);
    answerHead(exchange, headersOf(digest), found.size);
    return;
  }
  const allowed = await allowRepository(app, call, 'ecr:GetDownloadUrlForLayer', registry, name);
  const layer = await openLayer(app, allowed, digest);
  if (!layer) throw unknownBlob(digest);
  await sendLayer(request, layer, digest);
}

/** Answers with a layer or the range of it that is asked for; a presigned URL is answered the same way. */
export async function sendLayer(request: { exchange: Exchange }, layer: OpenLayer, digest: string): Promise<void> {
  const { exchange } = request;
  const headers = headersOf(digest);
  if (matchesEtag(header(exchange, 'if-none-match'), digest)) return answer(request, 304, headers);
  if (exchange.method === 'HEAD') return answerHead(exchange, headers, layer.size);
  const ifRange = header(exchange, 'if-range');
  const range =
    ifRange === undefined || matchesEtag(ifRange, digest)
      ? parseRange(header(exchange, 'range'), layer.size)
      : undefined;
  if (range === 'unsatisfiable') {
    return answer(request, 416, { ...headers, 'content-range': `bytes */${layer.size}`, 'content-type': 'text/plain' });
  }
  if (range) {
    const contentRange = `bytes ${range.start}-${range.end - 1}/${layer.size}`;
    return sendRange(exchange, 206, { ...headers, 'content-range': contentRange }, layer, range);
  }
  const whole = layer.small();
  if (whole) return sendWhole(exchange, headers, whole);
  await sendRange(exchange, 200, headers, layer, { start: 0, end: layer.size });
}

function answerHead(exchange: Exchange, headers: Record<string, string>, size: number): void {
  exchange.res.writeHead(200, {
    ...headers,
    'docker-distribution-api-version': 'registry/2.0',
    'content-length': size,
  });
  exchange.res.end();
}

function sendWhole(exchange: Exchange, headers: Record<string, string>, whole: Buffer): void {
  if (whole.length < worthReleasing) return answer({ exchange }, 200, headers, whole);
  const { res } = exchange;
  res.writeHead(200, {
    ...headers,
    'docker-distribution-api-version': 'registry/2.0',
    'content-length': whole.length,
  });
  res.end(whole, () => {
    if (res.writableFinished) release(whole);
  });
}

async function sendRange(
  exchange: Exchange,
  status: 200 | 206,
  headers: Record<string, string>,
  layer: OpenLayer,
  { start, end }: ByteRange,
): Promise<void> {
  const { res, signal } = exchange;
  const chunks = layer.read(start, end);
  try {
    // The first piece is read before the head goes out: a layer that cannot be opened still gets a proper error.
    let piece = await chunks.next();
    res.writeHead(status, {
      ...headers,
      'docker-distribution-api-version': 'registry/2.0',
      'content-length': end - start,
    });
    while (!piece.done && !res.destroyed) {
      if (!sendPiece(res, piece.value) && !res.destroyed) await drained(exchange);
      piece = await chunks.next();
    }
    if (!signal.aborted) res.end();
  } finally {
    await chunks.return();
  }
}

/** Writes a piece and gives its memory back when the system has taken it; false when it should be waited for. */
function sendPiece(res: ServerResponse, piece: Buffer): boolean {
  return res.write(piece, (error) => {
    if (!error) release(piece);
  });
}

/** Waits until the client has taken what was written, or has gone. */
async function drained({ res, signal }: Exchange): Promise<void> {
  try {
    await once(res, 'drain', { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

export function matchesEtag(condition: string | undefined, digest: string): boolean {
  if (condition === undefined) return false;
  return condition.split(',').some((one) => {
    const tag = one.trim().replace(/^W\//, '');
    return tag === '*' || tag === `"${digest}"` || tag === digest;
  });
}
