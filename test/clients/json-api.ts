/** Images by the AWS API alone, as the table wants it; each client says how it calls an operation and fetches a URL. */
import { gunzipSync } from 'node:zlib';
import { blobsOf, digestOf, makeIndex, type Blob, type Image } from '../support/images.ts';
import type { Task } from './cell.ts';
import type { Deletes, Pulled, Pushes, PushesIndexes, Refers } from './steps.ts';

export type Verbs = Pushes & PushesIndexes & Deletes & Refers;

/** The few operations, by what they give. */
export interface Calls {
  uploadLayer(task: Task, blob: Blob): Promise<void>;
  /** Gives the digest that was answered. */
  putImage(task: Task, image: Image, tag?: string): Promise<string>;
  /** By tag or digest. */
  getManifest(task: Task, reference: string): Promise<Buffer>;
  getLayer(task: Task, digest: string): Promise<Buffer>;
  deleteImage(task: Task, digest: string): Promise<void>;
  listReferrers(task: Task, digest: string): Promise<string[]>;
}

interface AnyManifest {
  readonly config?: { readonly digest: string };
  readonly layers?: readonly { readonly digest: string }[];
  readonly manifests?: readonly { readonly digest: string }[];
}

const referenceIn = (text: string): string => text.slice(text.search(/@|:[^:/]*$/) + 1);

export function verbsOf(calls: Calls): Verbs {
  const pushWhole = async (task: Task, image: Image, tag?: string): Promise<string> => {
    for (const child of image.children) await pushWhole(task, child);
    for (const blob of blobsOf({ ...image, children: [] })) await calls.uploadLayer(task, blob);
    return await calls.putImage(task, image, tag);
  };
  const fetchWhole = async (task: Task, reference: string): Promise<Pulled> => {
    const text = await calls.getManifest(task, reference);
    const { config, layers = [], manifests = [] } = JSON.parse(text.toString()) as AnyManifest;
    if (config !== undefined) await fetchChecked(task, config.digest);
    const found: string[] = [];
    for (const { digest } of layers) found.push(digestOf(gunzipSync(await fetchChecked(task, digest))));
    for (const { digest } of manifests) found.push(...(await fetchWhole(task, digest)).layers);
    return { digests: [digestOf(text)], layers: found };
  };
  const fetchChecked = async (task: Task, digest: string): Promise<Buffer> => {
    const bytes = await calls.getLayer(task, digest);
    if (digestOf(bytes) !== digest) throw new Error(`${digest} has other bytes`);
    return bytes;
  };
  return {
    push: async (reference, image, task) => await pushWhole(task, image, referenceIn(reference)),
    pushIndex: async (reference, images, task) => await pushWhole(task, makeIndex(images), referenceIn(reference)),
    pull: async (reference, task) => await fetchWhole(task, referenceIn(reference)),
    remove: async ({ digest }, task) => await calls.deleteImage(task, digest),
    async attach(reference, task) {
      const subject = referenceIn(reference);
      const bytes = await calls.getManifest(task, subject);
      const note = noteOn(subject, bytes.length);
      return await pushWhole(task, note);
    },
    referrers: async (reference, task) => await calls.listReferrers(task, referenceIn(reference)),
  };
}

function noteOn(digest: string, size: number): Image {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const bytes = Buffer.from(`a note on ${digest}`);
  const layer: Blob = { digest: digestOf(bytes), bytes, mediaType: 'text/plain' };
  const empty = Buffer.from('{}');
  const config: Blob = { digest: digestOf(empty), bytes: empty, mediaType: 'application/vnd.oci.empty.v1+json' };
  const describe = ({ mediaType: type, digest: own, bytes: { length } }: Blob) => ({
    mediaType: type,
    digest: own,
    size: length,
  });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      artifactType: 'application/vnd.example.note',
      config: describe(config),
      layers: [describe(layer)],
      subject: { mediaType, digest, size },
    }),
  );
  return { mediaType, digest: digestOf(manifest), manifest, config, layers: [layer], children: [], tars: [] };
}
