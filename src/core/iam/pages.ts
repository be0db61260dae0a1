import { RegistryError } from '../../domain/errors.ts';
import type { Uses } from '../app.ts';

/** The page that a list of IAM is asked for. */
export interface PageRequest {
  readonly limit: number;
  readonly marker?: string | undefined;
}

export interface IamPage<T> {
  readonly entries: readonly T[];
  /** Present when there is more. */
  readonly marker?: string | undefined;
}

/** Where the page before ended, '' for the first page. `scope` names the list. @throws RegistryError validation. */
export function readMarker(app: Uses<'pageTokens'>, scope: string, { marker }: PageRequest): string {
  if (marker === undefined) return '';
  try {
    return app.pageTokens.read(`iam/${scope}`, marker);
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    throw new RegistryError('validation', { text: 'Invalid Marker.' });
  }
}

/** A page of rows of which one more than the page holds was read; `keyOf` gives the position behind a row. */
export function pageFrom<T>(
  app: Uses<'pageTokens'>,
  scope: string,
  { rows, limit, keyOf }: { rows: readonly T[]; limit: number; keyOf: (row: T) => string },
): IamPage<T> {
  const entries = rows.slice(0, limit);
  const last = entries.at(-1);
  if (rows.length <= limit || last === undefined) return { entries };
  return { entries, marker: app.pageTokens.write(`iam/${scope}`, keyOf(last)) };
}

/** A page of a list that is small enough to be read whole; its rows are sorted by `keyOf`. */
export function pageOfWhole<T>(
  app: Uses<'pageTokens'>,
  scope: string,
  { rows, page, keyOf }: { rows: readonly T[]; page: PageRequest; keyOf: (row: T) => string },
): IamPage<T> {
  const after = readMarker(app, scope, page);
  return pageFrom(app, scope, { rows: rows.filter((row) => keyOf(row) > after), limit: page.limit, keyOf });
}

/** The paths that begin with a prefix: from the first on and before the second. Paths have no character above `~`. */
export function pathRange(prefix = '/'): { fromPath: string; toPath: string } {
  return { fromPath: prefix, toPath: `${prefix}\u{7f}` };
}
