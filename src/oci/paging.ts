import { RegistryError } from '../domain/errors.ts';
import { urlOf, type OciRequest } from './request.ts';

const mostEntries = 1000;
const defaultEntries = 100;

/** The page that `n` and `last` ask for. ECR's limit and words (405 for more than 1000); `last` is a name. */
export function pageOf({ query }: OciRequest): { limit: number; after: string; given: boolean } {
  const n = query.get('n');
  const after = query.get('last') ?? '';
  if (n === null || n === '') return { limit: defaultEntries, after, given: false };
  const limit = /^-?[0-9]{1,15}$/.test(n) ? Number(n) : Number.NaN;
  if (Number.isNaN(limit)) throw refused('Member must be an integer');
  if (limit > mostEntries) throw refused(`Member must have value less than or equal to ${mostEntries}`);
  if (limit < 1) throw refused('Member must have value greater than or equal to 1');
  return { limit, after, given: true };
}

const refused = (constraint: string): RegistryError =>
  new RegistryError('invalidParameter', { field: 'maxResults', constraint });

/** The `Link` header to the page after `last`. */
export function linkToNext(
  request: OciRequest,
  page: { limit: number; given: boolean },
  last: string,
): Record<string, string> {
  const query = new URLSearchParams({ ...(page.given ? { n: String(page.limit) } : {}), last });
  return { link: `<${urlOf(request.exchange, `${request.exchange.path}?${query.toString()}`)}>; rel="next"` };
}
