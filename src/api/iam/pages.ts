import type { IamPage, PageRequest } from '../../core/iam/pages.ts';

/** Entries of a page where a request does not say (IAM API: 100). */
const usualPage = 100;

/** The page that a list operation asks for. */
export function pageOf(input: { Marker?: string | undefined; MaxItems?: number | undefined }): PageRequest {
  return { limit: input.MaxItems ?? usualPage, marker: input.Marker };
}

/** How a list operation says whether there is more. */
export function pageEnd({ marker }: IamPage<unknown>): { IsTruncated: boolean; Marker: string | undefined } {
  return { IsTruncated: marker !== undefined, Marker: marker };
}
