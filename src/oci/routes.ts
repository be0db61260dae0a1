import { readBlob } from './blobs.ts';
import { listCatalog } from './catalog.ts';
import { deleteManifest, putManifest, readManifest } from './manifests.ts';
import { answerJson, type OciHandler, type OciRequest } from './request.ts';
import { listReferrers } from './referrers.ts';
import { listTags } from './tags.ts';
import { cancelUpload, finishUpload, patchUpload, postUpload, readUpload } from './uploads.ts';

/** What a path of the OCI front names. */
export type Resource = 'base' | 'catalog' | 'tags' | 'manifest' | 'blob' | 'uploads' | 'upload' | 'referrers';

export interface Route {
  readonly resource: Resource;
  readonly name: string;
  readonly reference: string;
}

/** The front as a table: resource, method, handler (OCI distribution spec 1.1, "Endpoints"). */
export const routes: Readonly<Record<Resource, Readonly<Record<string, OciHandler>>>> = {
  base: {
    GET: async (request: OciRequest) => answerJson(request, 200, {}, {}),
    HEAD: async (request) => answerJson(request, 200, {}, {}),
  },
  catalog: { GET: listCatalog },
  tags: { GET: listTags },
  manifest: { GET: readManifest, HEAD: readManifest, PUT: putManifest, DELETE: deleteManifest },
  referrers: { GET: listReferrers },
  blob: { GET: readBlob, HEAD: readBlob },
  uploads: { POST: postUpload },
  upload: { GET: readUpload, PATCH: patchUpload, PUT: finishUpload, DELETE: cancelUpload },
};

/** Takes a path apart from its end, since the name before it has slashes of its own. Undefined: no such path. */
export function routeOf(path: string): Route | undefined {
  if (path === '/v2/' || path === '/v2') return { resource: 'base', name: '', reference: '' };
  if (path === '/v2/_catalog') return { resource: 'catalog', name: '', reference: '' };
  const parts = path.split('/').slice(2);
  const trailing = parts.at(-1) === '';
  if (trailing) parts.pop();
  const [before, kind, last] = [parts.at(-3), parts.at(-2), parts.at(-1)];
  if (last === undefined || kind === undefined) return undefined;
  const name = (count: number): string => parts.slice(0, -count).join('/');
  if (kind === 'blobs' && last === 'uploads') return { resource: 'uploads', name: name(2), reference: '' };
  if (trailing) return undefined;
  if (kind === 'tags' && last === 'list') return { resource: 'tags', name: name(2), reference: '' };
  if (kind === 'manifests') return { resource: 'manifest', name: name(2), reference: decoded(last) };
  if (kind === 'referrers') return { resource: 'referrers', name: name(2), reference: decoded(last) };
  if (kind === 'uploads' && before === 'blobs') return { resource: 'upload', name: name(3), reference: decoded(last) };
  if (kind === 'blobs') return { resource: 'blob', name: name(2), reference: decoded(last) };
  return undefined;
}

/** Some clients write the colon of a digest as %3A. What cannot be decoded stays, and is refused as what it is not. */
function decoded(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
