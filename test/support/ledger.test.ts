import { describe, expect, test } from 'vitest';
import { blobsOf, makeIndex, seededBytes, seededImage, type Image } from './images.ts';
import { findFaults, inDoubt, newLedger, recordDeletion, recordImage, type Ledger, type Listing } from './ledger.ts';
import { registryAt, UnexpectedAnswer, type Registry } from './registry.ts';

/** A server that holds exactly what the test says. */
interface Held {
  readonly tags: Map<string, string>;
  readonly manifests: Map<string, Buffer>;
  readonly blobs: Map<string, Buffer>;
  uploadRange: string;
}

const image = seededImage('ledger', 2, 300);
const child = seededImage('ledger child', 1, 300);
const index = makeIndex([child]);
const upload = seededBytes('ledger upload', 1000);

function hold(...images: Image[]): Held {
  return {
    tags: new Map([['a-1', image.digest]]),
    manifests: new Map(images.map(({ digest, manifest }) => [digest, manifest])),
    blobs: new Map(images.flatMap(blobsOf).map(({ digest, bytes }) => [digest, bytes])),
    uploadRange: '0-599',
  };
}

function registryOf(held: Held): Registry {
  const answer = (bytes: Buffer | undefined): Response =>
    bytes === undefined ? new Response('{}', { status: 404 }) : new Response(new Uint8Array(bytes));
  return {
    ...registryAt('http://127.0.0.1:9'),
    send: async () => new Response(null, { status: 204, headers: { range: held.uploadRange } }),
    finishUpload: async (_session, digest, rest = Buffer.alloc(0)) => {
      held.blobs.set(digest, Buffer.concat([upload.subarray(0, upload.length - rest.length), rest]));
      return new Response(null, { status: 201 });
    },
    getManifest: async (_repository, digest) => answer(held.manifests.get(digest)),
    getBlob: async (_repository, digest) => answer(held.blobs.get(digest)),
  };
}

async function faultsOf(ledger: Ledger, held: Held): Promise<string> {
  const listing: Listing = { tags: held.tags, digests: new Set(held.manifests.keys()) };
  return (await findFaults(ledger, registryOf(held), listing)).join('\n');
}

function promised(): Ledger {
  const ledger = newLedger('r', 'a-');
  recordImage(ledger, image, 'a-1');
  recordImage(ledger, child);
  recordImage(ledger, index);
  for (const blob of blobsOf(image)) ledger.blobs.set(blob.digest, blob);
  return ledger;
}

describe('the ledger', () => {
  test('finds nothing where everything is kept', async () => {
    const ledger = promised();
    ledger.uploads.push({ session: 'http://127.0.0.1:9/u', bytes: upload, acknowledged: 500 });
    expect(await faultsOf(ledger, hold(image, child, index))).toBe('');
    expect(ledger.uploads).toEqual([]);
  });

  test('finds a lost image, a lost blob, a lost tag and one that came back', async () => {
    expect(await faultsOf(promised(), hold(image, child))).toContain(
      `image ${index.digest} was acknowledged and is lost`,
    );
    const held = hold(image, child, index);
    held.blobs.set(image.layers[0]?.digest ?? '', Buffer.from('other bytes'));
    expect(await faultsOf(promised(), held)).toContain(`blob ${image.layers[0]?.digest} was acknowledged and is lost`);
    const untagged = hold(image, child, index);
    untagged.tags.clear();
    expect(await faultsOf(promised(), untagged)).toContain('tag a-1 is at undefined');
    const ledger = promised();
    recordDeletion(ledger, image.digest);
    expect(await faultsOf(ledger, hold(image, child, index))).toContain(
      `image ${image.digest} was deleted and is there`,
    );
  });

  test('finds what is listed and cannot be fetched', async () => {
    const ledger = newLedger('r', 'b-');
    const withoutChild = hold(index);
    withoutChild.tags.clear();
    expect(await faultsOf(ledger, withoutChild)).toContain(`is there without its child ${child.digest}`);
    const withoutLayer = hold(child);
    withoutLayer.tags.clear();
    withoutLayer.blobs.delete(child.layers[0]?.digest ?? '');
    expect(await faultsOf(ledger, withoutLayer)).toContain(`is there without its blob ${child.layers[0]?.digest}`);
  });

  test('finds an upload that is shorter than what was acknowledged', async () => {
    const ledger = promised();
    ledger.uploads.push({ session: 'http://127.0.0.1:9/u', bytes: upload, acknowledged: 601 });
    expect(await faultsOf(ledger, hold(image, child, index))).toContain('an upload is at 600, 601 were acknowledged');
  });

  test('allows either outcome where the answer never came, and none where it was a refusal', async () => {
    const retag = async (error: Error): Promise<Ledger> => {
      const ledger = promised();
      const act = async (): Promise<void> => {
        throw error;
      };
      await expect(inDoubt(ledger, { 'a-1': index.digest }, act)).rejects.toThrow(error.message);
      return ledger;
    };
    const moved = (): Held => {
      const held = hold(image, child, index);
      held.tags.set('a-1', index.digest);
      return held;
    };
    const broken = await retag(new TypeError('fetch failed'));
    expect(await faultsOf(broken, moved())).toBe('');
    expect(broken.tags.get('a-1')).toBe(index.digest);
    expect(await faultsOf(await retag(new TypeError('fetch failed')), hold(image, child, index))).toBe('');
    expect(await faultsOf(await retag(new UnexpectedAnswer('PUT', 507, '')), moved())).toContain('tag a-1 is at');
  });
});
