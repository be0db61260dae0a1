/** What lies in both registries before a round: images to pull, layers to fetch, tags to list. */
import { makeImage, seededBytes, seededImage, type Blob, type Image } from '../test/support/images.ts';
import { expectStatus } from '../test/support/registry.ts';
import { blobOf } from './content.ts';
import type { Subject } from './subjects.ts';

/** Every repository that the bench uses. */
const repositories = ['bench/pull', 'bench/tags', 'bench/push'] as const;

/** Nine blobs of about a kilobyte: its manifest has 1.5 kB, as that of an ordinary image. */
export const pulled: Image = seededImage('bench', 8, 700);
export const pulledTag = 'v1';

const tagCount = 1000;

const done = new WeakMap<Subject, Map<string, Promise<void>>>();

/** Runs `make` for this server, unless that was done before under the same name. */
async function once(subject: Subject, name: string, make: () => Promise<void>): Promise<void> {
  const known = done.get(subject) ?? new Map<string, Promise<void>>();
  done.set(subject, known);
  const made = known.get(name) ?? make();
  known.set(name, made);
  await made;
}

export async function withRepositories(subject: Subject): Promise<void> {
  await once(subject, 'repositories', async () => await subject.createRepositories(...repositories));
}

export async function withImage(subject: Subject): Promise<void> {
  await withRepositories(subject);
  await once(subject, 'image', async () => await subject.registry.pushImage('bench/pull', pulled, pulledTag));
}

/** A layer of `size` bytes that do not compress. */
export function layerOf(size: number): Blob {
  return blobOf(seededBytes(`layer of ${size}`, size));
}

export async function withLayer(subject: Subject, layer: Blob): Promise<void> {
  await withRepositories(subject);
  await once(subject, layer.digest, async () => await subject.registry.pushBlob('bench/pull', layer));
}

export async function withTags(subject: Subject): Promise<void> {
  await withRepositories(subject);
  await once(subject, 'tags', async () => {
    const { registry } = subject;
    const image = makeImage({ layers: [[{ name: 'one', content: Buffer.from('one') }]] });
    await registry.pushImage('bench/tags', image, 'tag-0');
    for (let next = 1; next < tagCount; next += 20) {
      const tags = Array.from({ length: Math.min(20, tagCount - next) }, (_, index) => `tag-${next + index}`);
      const put = async (tag: string): Promise<void> => {
        await expectStatus(await registry.putManifest('bench/tags', tag, image), 201);
      };
      await Promise.all(tags.map(put));
    }
  });
}
