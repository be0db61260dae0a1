/** The OCI front by hand: HTTP requests as docker and its kind send them. */
import { mediaTypes } from '../../support/images.ts';
import type { Answer, RunningApp } from '../../support/app.ts';
import { Refused, type Description, type Front, type Referrer } from './front.ts';

export interface OciCaller {
  readonly authorization: string;
  /** The name of the registry, where it is not that of the login. */
  readonly host?: string | undefined;
}

interface Descriptor {
  readonly digest: string;
  readonly size: number;
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly annotations?: Record<string, string>;
}

interface ManifestBody {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly manifests?: readonly Descriptor[];
  readonly artifactType?: string;
}

const octets = { 'content-type': 'application/octet-stream' };
const isIndex = (mediaType: string): boolean =>
  [mediaTypes.ociIndex, mediaTypes.dockerList].some((one) => one === mediaType);

export function ociFront(app: RunningApp, caller: OciCaller): Front {
  const common = { authorization: caller.authorization, ...(caller.host === undefined ? {} : { host: caller.host }) };

  /** Throws what the body says, or for HEAD the header that stands in for it. */
  const ask = async (
    expected: number,
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: Buffer,
  ): Promise<Answer> => {
    const answer = await app.ask(method, path, { ...common, ...headers }, body);
    if (answer.status === expected) return answer;
    if (answer.body.length === 0) throw new Refused(String(answer.status), String(answer.headers['x-stowage-message']));
    const { errors } = JSON.parse(answer.body.toString()) as { errors: { code: string; message: string }[] };
    throw new Refused(`${answer.status} ${errors[0]?.code}`, errors[0]?.message ?? '');
  };

  const header = (answer: Answer, name: string): string => String(answer.headers[name]);

  /** Every page of a list, by the Link of the one before. */
  const pages = async <T>(path: string, entries: (body: Buffer) => T[]): Promise<T[]> => {
    const found: T[] = [];
    for (let next: string | undefined = path; next !== undefined;) {
      const answer: Answer = await ask(200, 'GET', next);
      found.push(...entries(answer.body));
      const link: string | undefined = /<([^>]+)>; rel="next"/.exec(String(answer.headers.link))?.[1];
      next = link === undefined ? undefined : link.replace(/^https?:\/\/[^/]+/, '');
    }
    return found;
  };

  const front: Front = {
    name: 'OCI',
    async beginUpload(repository) {
      const answer = await ask(202, 'POST', `/v2/${repository}/blobs/uploads/`);
      return header(answer, 'docker-upload-uuid');
    },
    async append(repository, upload, bytes, first) {
      const range = { 'content-range': `${first}-${first + bytes.length - 1}` };
      await ask(202, 'PATCH', `/v2/${repository}/blobs/uploads/${upload}`, { ...octets, ...range }, bytes);
    },
    async received(repository, upload) {
      const answer = await ask(204, 'GET', `/v2/${repository}/blobs/uploads/${upload}`);
      const last = Number(header(answer, 'range').split('-')[1]);
      return last === 0 ? 0 : last + 1;
    },
    async complete(repository, upload, digest) {
      const answer = await ask(201, 'PUT', `/v2/${repository}/blobs/uploads/${upload}?digest=${digest}`, octets);
      if (header(answer, 'docker-content-digest') !== digest) throw new Error('the layer has another digest');
    },
    async layerSize(repository, digest) {
      const answer = await ask(200, 'HEAD', `/v2/${repository}/blobs/${digest}`).catch((error: unknown) => {
        if (error instanceof Refused && error.code === '404' && error.message.startsWith('The layer')) return undefined;
        throw error;
      });
      return answer && Number(header(answer, 'content-length'));
    },
    async readLayer(repository, digest) {
      return (await ask(200, 'GET', `/v2/${repository}/blobs/${digest}`)).body;
    },
    async putManifest(repository, { manifest, mediaType, tag, digest }) {
      const ownDigest = digest ?? (tag === undefined ? await digestOf(manifest) : undefined);
      const query = digest !== undefined && tag !== undefined ? `?tag=${encodeURIComponent(tag)}` : '';
      const path = `/v2/${repository}/manifests/${ownDigest ?? encodeURIComponent(tag ?? '')}${query}`;
      const type: Record<string, string> = mediaType === undefined ? {} : { 'content-type': mediaType };
      return header(await ask(201, 'PUT', path, type, manifest), 'docker-content-digest');
    },
    async readManifest(repository, reference) {
      const answer = await ask(200, 'GET', `/v2/${repository}/manifests/${reference}`);
      const { body: bytes } = answer;
      return { digest: header(answer, 'docker-content-digest'), mediaType: header(answer, 'content-type'), bytes };
    },
    describe: async (repository, reference) => await measure(front, repository, reference),
    async tags(repository) {
      return await pages(
        `/v2/${repository}/tags/list?n=2`,
        (body) => (JSON.parse(body.toString()) as { tags: string[] }).tags,
      );
    },
    async remove(repository, reference) {
      await ask(202, 'DELETE', `/v2/${repository}/manifests/${reference}`);
    },
    async referrers(repository, subject, artifactType) {
      const filter = artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(artifactType)}`;
      return await pages(`/v2/${repository}/referrers/${subject}${filter}`, (body) =>
        (JSON.parse(body.toString()) as { manifests: Descriptor[] }).manifests.map(referrerOf),
      );
    },
  };
  return front;
}

const digestOf = async (bytes: Buffer): Promise<string> =>
  `sha256:${Buffer.from(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes))).toString('hex')}`;

const referrerOf = ({ digest, mediaType, artifactType, size, annotations = {} }: Descriptor): Referrer => ({
  digest,
  mediaType,
  artifactType,
  size,
  annotations,
});

/** What a client can find out about an image by pulling it: this front has no other description. */
async function measure(front: Front, repository: string, reference: string): Promise<Description> {
  const { digest, mediaType, bytes } = await front.readManifest(repository, reference);
  const body = JSON.parse(bytes.toString()) as ManifestBody;
  if (isIndex(mediaType)) {
    let size = 0;
    for (const child of body.manifests ?? []) {
      size = Math.max(size, (await measure(front, repository, child.digest)).size);
    }
    return { digest, mediaType, artifactType: body.artifactType, size };
  }
  let size = 0;
  for (const one of [body.config, ...body.layers]) {
    size += (await front.layerSize(repository, one.digest)) ?? one.size;
  }
  return { digest, mediaType, artifactType: body.artifactType ?? body.config.mediaType, size };
}
