import type { Call } from '../core/app.ts';
import { allowImages } from '../core/authorize.ts';
import { deleteReference } from '../core/images/delete-images.ts';
import { findImageBody, findImageHead, type Reference } from '../core/images/get-image.ts';
import { putImage, type StoredImage } from '../core/images/put-image.ts';
import { isDigest } from '../domain/digest.ts';
import { RegistryError } from '../domain/errors.ts';
import { manifestLimit } from '../domain/image/manifest.ts';
import { isTag } from '../domain/names.ts';
import { BodyTooLarge, collectBody, tookLong, type CollectedBody } from '../http/body.ts';
import { matchesEtag } from './blobs.ts';
import { invalidDigest, OciError } from './errors.ts';
import { answer, header, urlOf, type OciRequest } from './request.ts';

const unknownManifest = (): OciError =>
  new OciError({ status: 404, code: 'MANIFEST_UNKNOWN', message: 'Requested image not found' });

/** A tag has no colon and a digest has one. A malformed digest is 400; a malformed tag names nothing (404). */
function referenceOf(text: string): Reference {
  if (text.includes(':')) {
    if (!isDigest(text)) throw invalidDigest(text);
    return { digest: text };
  }
  if (!isTag(text)) throw unknownManifest();
  return { tag: text };
}

/** GET and HEAD /v2/<name>/manifests/<reference>: the stored bytes, whatever Accept says. Only GET counts as a pull. */
export async function readManifest(request: OciRequest): Promise<void> {
  const { app, exchange, call, registry, name } = request;
  const allowed = await allowImages(app, call, 'ecr:BatchGetImage', registry, name);
  const reference = referenceOf(request.reference);
  const condition = header(exchange, 'if-none-match');
  if (exchange.method === 'HEAD' || condition !== undefined) {
    const head = await findImageHead(app, allowed, reference);
    if (!head) throw unknownManifest();
    const headers = describe(head);
    if (matchesEtag(condition, head.digest)) return answer(request, 304, headers);
    if (exchange.method === 'HEAD') {
      exchange.res.writeHead(200, {
        ...headers,
        'docker-distribution-api-version': 'registry/2.0',
        'content-length': head.size,
      });
      exchange.res.end();
      return;
    }
  }
  const image = await findImageBody(app, call, allowed, reference);
  if (!image) throw unknownManifest();
  answer(request, 200, describe(image), image.manifest);
}

const describe = (image: { digest: string; mediaType: string }): Record<string, string> => ({
  'content-type': image.mediaType,
  'docker-content-digest': image.digest,
  etag: `"${image.digest}"`,
});

/** Tags that one push by digest may set (spec: at least ten). */
const mostTags = 100;

const invalidTag = (): OciError =>
  new OciError({
    status: 400,
    code: 'TAG_INVALID',
    message: 'The tag does not match [a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}',
  });

/** PUT /v2/<name>/manifests/<reference>, by digest also with `?tag=a&tag=b`. */
export async function putManifest(request: OciRequest): Promise<void> {
  const { app, exchange, call, registry, name, reference, query } = request;
  const decide = (by: Call) => allowImages(app, by, 'ecr:PutImage', registry, name);
  const allowed = await decide(call);
  const byDigest = reference.includes(':');
  if (byDigest && !isDigest(reference)) throw invalidDigest(reference);
  const tags = byDigest ? query.getAll('tag') : [reference];
  if (!tags.every(isTag) || tags.length > mostTags) throw invalidTag();
  const mediaType = header(exchange, 'content-type')?.split(';')[0]?.trim();
  const { body: manifest, release } = await collectManifest(request);
  const digest = byDigest ? { digest: reference } : {};
  const pushed = { manifest, mediaType, tags, ...digest, repeated: 'accept' as const };
  const push = async (): Promise<StoredImage> => {
    if (!tookLong(exchange, app.clock())) return putImage(app, call, allowed, pushed);
    const now = await request.renew();
    return putImage(app, now, await decide(now), pushed);
  };
  const image = await push().finally(release);
  const location = urlOf(exchange, `/v2/${name}/manifests/${image.digest}`);
  answer(request, 201, {
    location,
    'docker-content-digest': image.digest,
    ...(image.subject === undefined ? {} : { 'oci-subject': image.subject }),
    ...(byDigest && tags.length > 0 ? { 'oci-tag': tags } : {}),
  });
}

async function collectManifest({ exchange, budget }: OciRequest): Promise<CollectedBody> {
  try {
    return await collectBody(exchange.req, { limit: manifestLimit, budget });
  } catch (error) {
    if (error instanceof BodyTooLarge) throw new RegistryError('manifestTooLarge', { limit: manifestLimit });
    throw error;
  }
}

/** DELETE /v2/<name>/manifests/<reference>: as BatchDeleteImage, so an image goes with its last tag. */
export async function deleteManifest(request: OciRequest): Promise<void> {
  const { app, call, registry, name } = request;
  const allowed = await allowImages(app, call, 'ecr:BatchDeleteImage', registry, name);
  const reference = referenceOf(request.reference);
  await deleteReference(
    app,
    call,
    allowed,
    'tag' in reference ? { imageTag: reference.tag } : { imageDigest: reference.digest },
  );
  answer(request, 202, {});
}
