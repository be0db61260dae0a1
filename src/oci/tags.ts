import { allowRepository } from '../core/authorize.ts';
import { listTags as list } from '../core/images/list-images.ts';
import { linkToNext, pageOf } from './paging.ts';
import { answerJson, type OciRequest } from './request.ts';

/** GET /v2/<name>/tags/list: tags in byte order. */
export async function listTags(request: OciRequest): Promise<void> {
  const { app, call, registry, name } = request;
  const allowed = await allowRepository(app, call, 'ecr:ListImages', registry, name);
  const page = pageOf(request);
  const { tags, more } = await list(app, allowed, page);
  const last = tags.at(-1);
  answerJson(request, 200, more && last !== undefined ? linkToNext(request, page, last) : {}, { name, tags });
}
