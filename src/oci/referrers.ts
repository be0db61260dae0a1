import { allowImages } from '../core/authorize.ts';
import { listReferrers as list } from '../core/images/list-referrers.ts';
import { isDigest } from '../domain/digest.ts';
import { mediaTypes } from '../domain/image/media-types.ts';
import { invalidDigest } from './errors.ts';
import { answerJson, urlOf, type OciRequest } from './request.ts';

/** Clients follow the Link, but one page is what they expect. */
const pageSize = 1000;

/** GET /v2/<name>/referrers/<digest>[?artifactType=…]: an index of the images whose subject this is, empty where none are. */
export async function listReferrers(request: OciRequest): Promise<void> {
  const { app, exchange, call, registry, name, reference: subject, query } = request;
  if (!isDigest(subject)) throw invalidDigest(subject);
  const allowed = await allowImages(app, call, 'ecr:BatchGetImage', registry, name);
  const artifactType = query.get('artifactType') ?? undefined;
  const artifactTypes = artifactType === undefined ? [] : [artifactType];
  const nextToken = query.get('next') ?? undefined;
  const page = await list(app, allowed, subject, { limit: pageSize, nextToken, artifactTypes });
  const filter = artifactType === undefined ? {} : { artifactType };
  const next = new URLSearchParams({ ...filter, next: page.nextToken ?? '' });
  const headers = {
    'content-type': mediaTypes.ociIndex,
    ...(artifactType === undefined ? {} : { 'oci-filters-applied': 'artifactType' }),
    ...(page.nextToken === undefined
      ? {}
      : { link: `<${urlOf(exchange, `${exchange.path}?${next.toString()}`)}>; rel="next"` }),
  };
  const manifests = page.entries.map(({ annotations, ...one }) => ({
    ...one,
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  }));
  answerJson(request, 200, headers, { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests });
}
