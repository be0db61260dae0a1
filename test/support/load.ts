/** Clients that push, retag, delete and leave uploads half done, each writing down what it was promised. */
import { setTimeout as sleep } from 'node:timers/promises';
import { blobsOf, makeIndex, seededBytes, seededImage, type Image } from './images.ts';
import { inDoubt, recordDeletion, recordImage, tagsOf, type Ledger } from './ledger.ts';
import { expectStatus, type Registry } from './registry.ts';

/** Numbers from 0 to below `limit` that depend on the seed alone. */
export function randomNumbers(seed: string): (limit: number) => number {
  let count = 0;
  return (limit) => seededBytes(`${seed} ${count++}`, 4).readUInt32LE() % limit;
}

export interface Client {
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly random: (limit: number) => number;
  /** Counts the images of this client, so that each is new. */
  next: number;
}

async function pushBlobs({ ledger, registry }: Client, image: Image): Promise<void> {
  for (const blob of blobsOf(image)) {
    await registry.pushBlob(ledger.repository, blob);
    ledger.blobs.set(blob.digest, blob);
  }
}

async function putManifest(client: Client, image: Image, tag?: string): Promise<void> {
  const { ledger, registry } = client;
  ledger.sent.set(image.digest, image);
  const isNew = !ledger.images.has(image.digest);
  const changes = {
    ...(tag === undefined ? {} : { [tag]: image.digest }),
    ...(isNew ? { [image.digest]: image.digest } : {}),
  };
  await inDoubt(ledger, changes, async () => {
    await expectStatus(await registry.putManifest(ledger.repository, tag ?? image.digest, image), 201);
  });
  recordImage(ledger, image, tag);
}

const someTag = ({ ledger, random }: Client): string => `${ledger.prefix}${random(6)}`;

function newImage(client: Client): Image {
  const seed = `${client.ledger.prefix} ${client.next++}`;
  // now and then a layer over 1 MiB, which the server treats differently
  const size = client.random(8) === 0 ? 1_500_000 : 500 + client.random(40_000);
  return seededImage(seed, 1 + client.random(3), size);
}

async function pushImage(client: Client): Promise<void> {
  const image = newImage(client);
  await pushBlobs(client, image);
  await putManifest(client, image, someTag(client));
}

async function pushIndex(client: Client): Promise<void> {
  const children = [newImage(client), newImage(client)];
  for (const child of children) {
    await pushBlobs(client, child);
    await putManifest(client, child);
  }
  await putManifest(client, makeIndex(children), someTag(client));
}

/** An image that no index of the ledger holds, which may therefore be deleted. */
function someFreeImage({ ledger, random }: Client): Image | undefined {
  const held = new Set([...ledger.images.values()].flatMap((image) => image.children.map((child) => child.digest)));
  const free = [...ledger.images.values()].filter((image) => !held.has(image.digest));
  return free[random(Math.max(free.length, 1))];
}

async function retag(client: Client): Promise<void> {
  const image = someFreeImage(client);
  if (image !== undefined) await putManifest(client, image, someTag(client));
}

async function remove({ ledger, registry }: Client, reference: string, changes: string[]): Promise<void> {
  const gone = Object.fromEntries(changes.map((name) => [name, undefined]));
  await inDoubt(ledger, gone, async () => {
    await expectStatus(await registry.send('DELETE', `/v2/${ledger.repository}/manifests/${reference}`), 202);
  });
}

async function deleteImage(client: Client): Promise<void> {
  const digest = someFreeImage(client)?.digest;
  if (digest === undefined) return;
  await remove(client, digest, [digest, ...tagsOf(client.ledger, digest)]);
  recordDeletion(client.ledger, digest);
}

async function deleteTag(client: Client): Promise<void> {
  const { ledger, random } = client;
  const [tag, digest] = [...ledger.tags][random(Math.max(ledger.tags.size, 1))] ?? [];
  if (tag === undefined || digest === undefined) return;
  const isLast = tagsOf(ledger, digest).length === 1;
  await remove(client, tag, isLast ? [tag, digest] : [tag]);
  if (isLast) recordDeletion(ledger, digest);
  else ledger.tags.delete(tag);
}

async function leaveUpload(client: Client): Promise<void> {
  const { ledger, registry, random } = client;
  const bytes = seededBytes(`${ledger.prefix} upload ${client.next++}`, 20_000 + random(2_500_000));
  const session = await registry.startUpload(ledger.repository);
  const upload = { session, bytes, acknowledged: 0 };
  ledger.uploads.push(upload);
  for (let place = session; upload.acknowledged < bytes.length * 0.7;) {
    const chunk = bytes.subarray(upload.acknowledged, upload.acknowledged + 5_000 + random(600_000));
    place = await registry.sendChunk(place, chunk, upload.acknowledged);
    upload.acknowledged += chunk.length;
    if (random(3) === 0) break;
  }
}

/** What fetch throws when the other side is gone, before or within an answer. */
function isBrokenConnection(error: unknown): boolean {
  return error instanceof TypeError && /^(fetch failed|terminated)$/.test(error.message);
}

/** What a client does, as often as it stands here. */
const acts = [pushImage, pushImage, pushImage, pushIndex, retag, deleteImage, deleteImage, deleteTag, leaveUpload];

/** A client with more images deletes, so that long runs do not grow. */
const enough = 30;

/**
 * Acts until the connection breaks (the server was killed) or `isOver`. Any answer but the expected one is thrown: a
 * server that lives has no reason to refuse.
 */
export async function work(client: Client, isOver: () => boolean = () => false): Promise<void> {
  while (!isOver()) {
    try {
      const act = client.ledger.images.size > enough ? deleteImage : acts[client.random(acts.length)];
      await act?.(client);
    } catch (error) {
      if (isBrokenConnection(error)) return;
      throw error;
    }
    await sleep(0);
  }
}
