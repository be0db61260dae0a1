import { ECRClient } from '@aws-sdk/client-ecr';
import { describe, expect, test } from 'vitest';
import type { Front, FrontName, Fronts } from './fronts.ts';
import { findFaults } from './ledger-check.ts';
import { ociFront } from './oci-front.ts';
import { blobsOf, digestOf, makeIndex, seededBytes, seededImage, type Image } from '../images.ts';
import { inDoubt, newLedger, recordDeletion, recordImage, type Ledger, type OpenUpload } from './ledger.ts';
import { registryAt, UnexpectedAnswer, type Registry } from '../registry.ts';
import { region } from '../stowage.ts';

/** A server that holds exactly what the test says. */
interface Held {
  readonly tags: Map<string, string>;
  readonly manifests: Map<string, Buffer>;
  readonly blobs: Map<string, Buffer>;
  readonly uploads: Map<string, Buffer>;
  /** `front name` of what that front does not show. */
  readonly hidden: Set<string>;
  uploadRange: string | undefined;
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
    uploads: new Map(),
    hidden: new Set(),
    uploadRange: '0-599',
  };
}

/** What both fronts of such a server answer; `lists` may leave a tag out on the OCI front. */
function frontsOf(held: Held): Fronts {
  const frontOf = (name: FrontName): Front => ({
    ...ociFront(registryAt('http://127.0.0.1:9')),
    name,
    appendUpload: async (_repository, session, { bytes, offset }) => {
      const before = upload.subarray(0, offset);
      held.uploads.set(session, Buffer.concat([before, bytes]));
    },
    finishUpload: async (_repository, session, digest) => {
      held.blobs.set(digest, held.uploads.get(session) ?? Buffer.alloc(0));
    },
    getManifests: async (_repository, digests) => pick(held.manifests, digests),
    findBlobs: async (_repository, digests) => {
      const found = [...pick(held.blobs, digests)].filter(([digest]) => !held.hidden.has(`${name} ${digest}`));
      return new Map(found.map(([digest, bytes]) => [digest, bytes.length]));
    },
    getBlob: async (_repository, digest) => held.blobs.get(digest),
  });
  const send: Registry['send'] = async (_method, path) =>
    held.uploadRange === undefined || !path.endsWith('/session')
      ? new Response('{}', { status: 404 })
      : new Response(null, { status: 204, headers: { range: held.uploadRange } });
  const registry = { ...registryAt('http://127.0.0.1:9'), send };
  return {
    oci: frontOf('oci'),
    aws: frontOf('aws'),
    registry,
    ecr: new ECRClient({ region }),
    listTags: async () => [...held.tags.keys()].filter((tag) => !held.hidden.has(`oci ${tag}`)),
    listImages: async () => [
      ...[...held.manifests.keys()].map((imageDigest) => ({ imageDigest })),
      ...[...held.tags].map(([imageTag, imageDigest]) => ({ imageTag, imageDigest })),
    ],
    close: () => {},
  };
}

const pick = (held: ReadonlyMap<string, Buffer>, digests: readonly string[]): Map<string, Buffer> =>
  new Map([...held].filter(([digest]) => digests.includes(digest)));

async function faultsOf(ledger: Ledger, held: Held): Promise<string> {
  const { lost, halfVisible } = await findFaults(frontsOf(held), 'r', [ledger]);
  return [...lost, ...halfVisible].join('\n');
}

/** An upload of which 500 bytes were acknowledged. */
const begun = (front: FrontName, more: Partial<OpenUpload> = {}): OpenUpload => ({
  front,
  session: front === 'oci' ? 'http://127.0.0.1:9/session' : 'session',
  bytes: upload,
  acknowledged: 500,
  ending: false,
  ...more,
});

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
    for (const front of ['oci', 'aws'] as const) ledger.uploads.add(begun(front));
    expect(await faultsOf(ledger, hold(image, child, index))).toBe('');
    expect(ledger.uploads.size).toBe(0);
  });

  test('finds a lost image, a lost blob, a lost tag and one that came back', async () => {
    expect(await faultsOf(promised(), hold(image, child))).toContain(
      `image ${index.digest} was acknowledged and is lost`,
    );
    const held = hold(image, child, index);
    held.blobs.set(image.layers[0]?.digest ?? '', Buffer.from('other bytes'));
    expect(await faultsOf(promised(), held)).toContain(`blob ${image.layers[0]?.digest} was acknowledged and is lost`);
    expect(await faultsOf(promised(), held)).toContain(`${image.layers[0]?.digest} has other bytes, or none`);
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
    ledger.uploads.add(begun('aws', { acknowledged: 601 }));
    expect(await faultsOf(ledger, hold(image, child, index))).toBe('aws: an upload is at 600, 601 were acknowledged');
  });

  test('wants an upload that is gone only where its end was asked for, and then its blob', async () => {
    const gone = (): Held => ({ ...hold(image, child, index), uploadRange: undefined });
    const ledger = promised();
    ledger.uploads.add(begun('oci'));
    expect(await faultsOf(ledger, gone())).toContain('an upload at 500 is gone');
    ledger.uploads.add(begun('oci', { ending: true }));
    expect(await faultsOf(ledger, gone())).toContain('has other bytes at its end');
    const ended = gone();
    ended.blobs.set(digestOf(upload), upload);
    ledger.uploads.add(begun('oci', { ending: true }));
    expect(await faultsOf(ledger, ended)).toBe('');
  });

  test('finds what only one front shows', async () => {
    const held = hold(image, child, index);
    held.hidden.add('oci a-1');
    expect(await faultsOf(promised(), held)).toContain('a-1 is listed on one front only');
    const blob = image.layers[0]?.digest ?? '';
    const hidden = hold(image, child, index);
    hidden.hidden.add(`aws ${blob}`);
    expect(await faultsOf(promised(), hidden)).toContain(`aws: blob ${blob} was acknowledged and is lost`);
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
