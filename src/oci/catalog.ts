import { allowEveryName } from '../core/authorize.ts';
import { listRepositories } from '../core/repositories/list-repositories.ts';
import { linkToNext, pageOf } from './paging.ts';
import { answerJson, type OciRequest } from './request.ts';

/** GET /v2/_catalog: names of the registry's repositories in byte order. */
export async function listCatalog(request: OciRequest): Promise<void> {
  const { app, call, registry } = request;
  const allowed = await allowEveryName(app, call, 'ecr:DescribeRepositories', registry);
  const page = pageOf(request);
  const { entries, nextToken } = await listRepositories(app, allowed, page);
  const repositories = entries.map((one) => one.name);
  const last = repositories.at(-1);
  const headers = nextToken !== undefined && last !== undefined ? linkToNext(request, page, last) : {};
  answerJson(request, 200, headers, { repositories });
}
