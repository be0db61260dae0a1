import type { Call } from '../core/app.ts';
import { allowRepository, type AllowedOn } from '../core/authorize.ts';
import { layerServices } from '../core/iam/endpoints.ts';
import { findUrlHolder, readLayerUrl, type LayerUrl } from '../core/layers/layer-url.ts';
import { openLayer } from '../core/layers/read-layer.ts';
import { headersOf, RegistryError } from '../domain/errors.ts';
import type { Exchange } from '../http/exchange.ts';
import { reply } from '../http/reply.ts';
import { sendLayer } from './blobs.ts';
import { openCall } from './call.ts';
import { answerError } from './errors.ts';
import type { OciApp } from './request.ts';

/**
 * GET /layers/…: redeems a presigned URL. Being allowed is decided again, for the one it was made for; refusals look as
 * those of S3 do, since that is whom clients believe to talk to.
 */
export async function redeemLayerUrl(app: OciApp, exchange: Exchange): Promise<void> {
  try {
    if (exchange.method !== 'GET' && exchange.method !== 'HEAD')
      return refuse(exchange, 405, 'MethodNotAllowed', 'The method is not allowed');
    const url = readLayerUrl(app, exchange.path, exchange.query);
    if (!url) return refuse(exchange, 403, 'SignatureDoesNotMatch', 'The signature does not match what was signed');
    if (url.expiresAt <= exchange.receivedAt) return refuse(exchange, 403, 'AccessDenied', 'Request has expired');
    const principal = await findUrlHolder(app, url, exchange.receivedAt);
    if (!principal)
      return refuse(exchange, 403, 'InvalidAccessKeyId', 'The access key that signed this does not exist any more');
    const call = openCall(app, exchange, { principal, registry: url.registry }, layerServices);
    const allowed = await allowBothWays(app, call, url);
    const layer = await openLayer(app, allowed, url.digest);
    if (!layer) return refuse(exchange, 404, 'NoSuchKey', 'The layer does not exist any more');
    await sendLayer({ exchange }, layer, url.digest);
  } catch (error) {
    if (error instanceof RegistryError && error.kind === 'accessDenied')
      return refuse(exchange, 403, 'AccessDenied', 'Access Denied', headersOf(error));
    if (error instanceof RegistryError && error.kind === 'repositoryNotFound') {
      return refuse(exchange, 404, 'NoSuchKey', 'The layer does not exist any more');
    }
    answerError(exchange, error, app.log);
  }
}

/**
 * Decides on the way that the redeemer came; and, for a URL that was asked for through a VPC endpoint, on that way too, so
 * that what its policy keeps inside is not carried out by a URL.
 */
async function allowBothWays(app: OciApp, call: Call, url: LayerUrl): Promise<AllowedOn<'ecr:GetDownloadUrlForLayer'>> {
  const decide = (by: Call) => allowRepository(app, by, 'ecr:GetDownloadUrlForLayer', url.registry, url.name);
  const allowed = await decide(call);
  if (url.endpoint === undefined || url.endpoint === call.source.endpoint?.id) return allowed;
  const endpoint = app.endpoints.enter(url.endpoint, call.principal, layerServices);
  return decide({ ...call, source: { ...call.source, endpoint } });
}

function refuse(
  exchange: Exchange,
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>${exchange.id}</RequestId></Error>`;
  reply(exchange, status, { ...headers, 'content-type': 'application/xml' }, body);
}
