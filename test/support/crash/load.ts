/**
 * Clients that push, mount, retag, delete and leave uploads half done, on both fronts by turns, each writing down what it
 * was promised.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { BrokenConnection, isBrokenConnection } from './broken-connection.ts';
import type { Front, Fronts } from './fronts.ts';
import { blobsOf, imageOver, makeIndex, seededBytes, seededImage, type Blob, type Image } from '../images.ts';
import { countAnswer, inDoubt, recordDeletion, recordImage, tagsOf, type Ledger, type OpenUpload } from './ledger.ts';
import { expectStatus, UnexpectedAnswer } from '../registry.ts';

/** Numbers from 0 to below `limit` that depend on the seed alone. */
export function randomNumbers(seed: string): (limit: number) => number {
  let count = 0;
  return (limit) => seededBytes(`${seed} ${count++}`, 4).readUInt32LE() % limit;
}

export interface Client {
  readonly ledger: Ledger;
  readonly fronts: Fronts;
  readonly random: (limit: number) => number;
  /** Ledgers of other repositories, whose layers may be mounted. */
  readonly neighbours: readonly Ledger[];
  /** Counts the images of this client, so that each is new. */
  next: number;
}

const someFront = ({ fronts, random }: Client): Front => (random(2) === 0 ? fronts.oci : fronts.aws);

async function acknowledged<T>({ ledger }: Client, what: string, act: () => Promise<T>): Promise<T> {
  const result = await act();
  countAnswer(ledger, what);
  return result;
}

/** Begins an upload and sends parts of it, of `size()` bytes or what the front wants at least, until `isOver`. */
async function sendParts(
  client: Client,
  front: Front,
  bytes: Buffer,
  parts: { readonly size: () => number; readonly isOver: (upload: OpenUpload) => boolean },
): Promise<OpenUpload> {
  const { repository, uploads } = client.ledger;
  const session = await front.beginUpload(repository);
  const upload: OpenUpload = { front: front.name, session, bytes, acknowledged: 0, ending: false };
  uploads.add(upload);
  while (upload.acknowledged < bytes.length && !parts.isOver(upload)) {
    const offset = upload.acknowledged;
    const part = bytes.subarray(offset, offset + Math.max(front.leastPart, parts.size()));
    await acknowledged(client, `${front.name} part`, async () => {
      await front.appendUpload(repository, session, { bytes: part, offset });
    });
    upload.acknowledged += part.length;
  }
  return upload;
}

/** Pushes a blob in parts; while its end is in doubt, the ledger knows the upload. */
export async function pushInChunks(client: Client, front: Front, blob: Blob): Promise<void> {
  const { ledger, random } = client;
  const size = (): number => 1_000 + random(500_000);
  const upload = await sendParts(client, front, blob.bytes, { size, isOver: () => false });
  upload.ending = true;
  try {
    await front.finishUpload(ledger.repository, upload.session, blob.digest);
  } catch (error) {
    if (error instanceof UnexpectedAnswer) upload.ending = false;
    throw error;
  }
  ledger.uploads.delete(upload);
}

async function pushBlobs(client: Client, front: Front, image: Image): Promise<void> {
  const { ledger, random } = client;
  for (const blob of blobsOf(image)) {
    if (ledger.blobs.has(blob.digest)) continue;
    const inChunks = random(3) === 0;
    await acknowledged(client, `${front.name} ${inChunks ? 'upload in chunks' : 'upload'}`, async () => {
      await (inChunks ? pushInChunks(client, front, blob) : front.pushBlob(ledger.repository, blob));
    });
    ledger.blobs.set(blob.digest, blob);
  }
}

export async function putManifest(client: Client, front: Front, image: Image, tag?: string): Promise<void> {
  const { ledger } = client;
  ledger.sent.set(image.digest, image);
  const isNew = !ledger.images.has(image.digest);
  // the AWS API refuses what would change nothing
  if (!isNew && (tag === undefined || ledger.tags.get(tag) === image.digest)) return;
  const changes = {
    ...(tag === undefined ? {} : { [tag]: image.digest }),
    ...(isNew ? { [image.digest]: image.digest } : {}),
  };
  const what = `${front.name} ${isNew ? (image.children.length > 0 ? 'index' : 'image') : 'retag'}`;
  await acknowledged(client, what, async () => {
    await inDoubt(ledger, changes, async () => await front.putImage(ledger.repository, image, tag));
  });
  recordImage(ledger, image, tag);
}

const someTag = ({ ledger, random }: Client): string => `${ledger.prefix}${random(6)}`;

const newSeed = (client: Client): string => `${client.ledger.prefix} ${client.next++}`;

function newImage(client: Client): Image {
  const seed = newSeed(client);
  // now and then a layer over 1 MiB, which the server treats differently
  const size = client.random(8) === 0 ? 1_500_000 : 500 + client.random(40_000);
  return seededImage(seed, 1 + client.random(3), size);
}

async function pushImage(client: Client): Promise<void> {
  const image = newImage(client);
  await pushBlobs(client, someFront(client), image);
  await putManifest(client, someFront(client), image, someTag(client));
}

async function pushIndex(client: Client): Promise<void> {
  const children = [newImage(client), newImage(client)];
  for (const child of children) {
    await pushBlobs(client, someFront(client), child);
    await putManifest(client, someFront(client), child);
  }
  await putManifest(client, someFront(client), makeIndex(children), someTag(client));
}

/** Takes one blob over from another repository, which has it. */
export async function mountBlob(client: Client, blob: Blob, from: string): Promise<void> {
  const { ledger, fronts } = client;
  const path = `/v2/${ledger.repository}/blobs/uploads/?mount=${blob.digest}&from=${from}`;
  await acknowledged(client, 'oci mount', async () => {
    try {
      await expectStatus(await fronts.registry.send('POST', path), 201);
    } catch (error) {
      throw isBrokenConnection(error) ? new BrokenConnection('mount', { cause: error }) : error;
    }
  });
  ledger.blobs.set(blob.digest, blob);
}

/** Takes layers over from another repository, then pushes an image of them. */
async function mountImage(client: Client): Promise<void> {
  const { neighbours, random } = client;
  const neighbour = neighbours[random(Math.max(neighbours.length, 1))];
  const images = [...(neighbour?.images.values() ?? [])].filter(({ layers }) => layers.length > 0);
  const source = images[random(Math.max(images.length, 1))];
  if (neighbour === undefined || source === undefined) return;
  for (const layer of source.layers) await mountBlob(client, layer, neighbour.repository);
  const image = imageOver(newSeed(client), source.layers);
  await pushBlobs(client, someFront(client), image);
  await putManifest(client, someFront(client), image, someTag(client));
}

/** An image that no index of the ledger holds, which may therefore be deleted. */
function someFreeImage({ ledger, random }: Client): Image | undefined {
  const held = new Set([...ledger.images.values()].flatMap((image) => image.children.map((child) => child.digest)));
  const free = [...ledger.images.values()].filter((image) => !held.has(image.digest));
  return free[random(Math.max(free.length, 1))];
}

async function retag(client: Client): Promise<void> {
  const image = someFreeImage(client);
  if (image !== undefined) await putManifest(client, someFront(client), image, someTag(client));
}

/** Deletes what a reference names; `changes` are the tags and digests that go with it. */
export async function remove(client: Client, reference: string, changes: string[]): Promise<void> {
  const { ledger } = client;
  const gone = Object.fromEntries(changes.map((name) => [name, undefined]));
  const front = someFront(client);
  await acknowledged(client, `${front.name} deletion`, async () => {
    await inDoubt(ledger, gone, async () => await front.deleteImage(ledger.repository, reference));
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

/** On the OCI front pieces of some 100 kB; the AWS API wants 5 MiB in all parts but the last. */
async function leaveUpload(client: Client): Promise<void> {
  const { random, fronts } = client;
  const front = random(4) === 0 ? fronts.aws : fronts.oci;
  const bytes = seededBytes(`${newSeed(client)} upload`, front.leastPart + 20_000 + random(2_500_000));
  const size = (): number => 5_000 + random(600_000);
  const isOver = (upload: OpenUpload): boolean =>
    upload.acknowledged > bytes.length * 0.6 || (upload.acknowledged > 0 && random(3) === 0);
  await sendParts(client, front, bytes, { size, isOver });
}

/** What a client does, as often as it stands here. */
const acts = [
  ...[pushImage, pushImage, pushIndex, pushIndex, pushIndex, mountImage, mountImage],
  ...[retag, retag, deleteImage, deleteImage, deleteTag, leaveUpload],
];

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
