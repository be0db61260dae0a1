/**
 * What one client of a repository was promised, kept outside the server: tags, images and blobs that were acknowledged,
 * what was deleted, and the one request whose answer never came. After a crash the server is held against it.
 */
import { paginateListImages } from '@aws-sdk/client-ecr';
import { ecrClient, type Endpoint } from './aws.ts';
import { blobsOf, digestOf, type Blob, type Image } from './images.ts';
import { expectStatus, UnexpectedAnswer, type Registry } from './registry.ts';

/** An upload that was begun and left: `acknowledged` bytes of `bytes` were answered with success. */
interface OpenUpload {
  readonly session: string;
  readonly bytes: Buffer;
  acknowledged: number;
}

export interface Ledger {
  readonly repository: string;
  /** The client's own tags begin with it; other clients may use the same repository. */
  readonly prefix: string;
  readonly tags: Map<string, string>;
  /** By digest; children of indexes are in it, too. */
  readonly images: Map<string, Image>;
  readonly blobs: Map<string, Blob>;
  readonly deleted: Set<string>;
  readonly uploads: OpenUpload[];
  /** Every image that was ever sent. */
  readonly sent: Map<string, Image>;
  /**
   * What the request without an answer does if it was carried out: a tag → the digest that it gets, or undefined where
   * it goes; a digest → itself where it comes, or undefined where it goes.
   */
  readonly doubtful: Map<string, string | undefined>;
}

export function newLedger(repository: string, prefix: string): Ledger {
  return {
    repository,
    prefix,
    tags: new Map(),
    images: new Map(),
    blobs: new Map(),
    deleted: new Set(),
    uploads: [],
    sent: new Map(),
    doubtful: new Map(),
  };
}

/** Notes what a request changes while its answer is awaited; without an answer that stays in doubt, refused it is none. */
export async function inDoubt<T>(
  ledger: Ledger,
  changes: Readonly<Record<string, string | undefined>>,
  act: () => Promise<T>,
): Promise<T> {
  for (const [name, becomes] of Object.entries(changes)) ledger.doubtful.set(name, becomes);
  const settle = (): void => Object.keys(changes).forEach((name) => ledger.doubtful.delete(name));
  try {
    const result = await act();
    settle();
    return result;
  } catch (error) {
    if (error instanceof UnexpectedAnswer) settle();
    throw error;
  }
}

export function recordImage(ledger: Ledger, image: Image, tag?: string): void {
  ledger.images.set(image.digest, image);
  ledger.deleted.delete(image.digest);
  if (tag !== undefined) ledger.tags.set(tag, image.digest);
}

export function recordDeletion(ledger: Ledger, digest: string): void {
  ledger.images.delete(digest);
  ledger.deleted.add(digest);
  for (const [tag, holder] of ledger.tags) if (holder === digest) ledger.tags.delete(tag);
}

export function tagsOf(ledger: Ledger, digest: string): string[] {
  return [...ledger.tags].filter(([, holder]) => holder === digest).map(([tag]) => tag);
}

interface ManifestBody {
  config?: { digest: string };
  layers?: { digest: string }[];
  manifests?: { digest: string }[];
}

/** What stands in the server's lists: every tag, and every digest that the AWS API names. */
export interface Listing {
  readonly tags: ReadonlyMap<string, string>;
  readonly digests: ReadonlySet<string>;
}

/** Both fronts' lists of a repository; throws where they differ. */
export async function readListing(server: Endpoint, registry: Registry, repositoryName: string): Promise<Listing> {
  const ecr = ecrClient(server);
  const tags = new Map<string, string>();
  const digests = new Set<string>();
  for await (const page of paginateListImages({ client: ecr, pageSize: 1000 }, { repositoryName })) {
    for (const { imageDigest = '', imageTag } of page.imageIds ?? []) {
      digests.add(imageDigest);
      if (imageTag !== undefined) tags.set(imageTag, imageDigest);
    }
  }
  ecr.destroy();
  const response = await registry.send('GET', `/v2/${repositoryName}/tags/list?n=1000`);
  const body = JSON.parse((await expectStatus(response, 200)).toString()) as { tags: string[] };
  const [here, there] = [[...tags.keys()].sort().join(' '), body.tags.toSorted().join(' ')];
  if (here !== there) throw new Error(`ListImages has the tags ${here}, tags/list has ${there}`);
  return { tags, digests };
}

const asksFor = async (what: Promise<Response>): Promise<Buffer> => await expectStatus(await what, 200);

/** Everything that is listed can be fetched: manifest, children, config and layers, each with the bytes of its digest. */
async function findHalfVisible(ledger: Ledger, registry: Registry, listing: Listing): Promise<string[]> {
  const faults: string[] = [];
  const { repository } = ledger;
  const seen = new Set<string>();
  for (const digest of new Set([...listing.digests, ...listing.tags.values()])) {
    const body = await (await registry.getManifest(repository, digest)).arrayBuffer();
    if (digestOf(Buffer.from(body)) !== digest) {
      faults.push(`${digest} is listed but its manifest is not there`);
      continue;
    }
    const manifest = JSON.parse(Buffer.from(body).toString()) as ManifestBody;
    for (const child of manifest.manifests ?? []) {
      if (!listing.digests.has(child.digest)) faults.push(`${digest} is there without its child ${child.digest}`);
    }
    for (const blob of [...(manifest.config === undefined ? [] : [manifest.config]), ...(manifest.layers ?? [])]) {
      if (seen.has(blob.digest)) continue;
      seen.add(blob.digest);
      const bytes = await (await registry.getBlob(repository, blob.digest)).arrayBuffer();
      if (digestOf(Buffer.from(bytes)) !== blob.digest)
        faults.push(`${digest} is there without its blob ${blob.digest}`);
    }
  }
  return faults;
}

/** Holds tags, images, blobs and deletions against the lists and answers of the server. */
async function findLost(ledger: Ledger, registry: Registry, listing: Listing): Promise<string[]> {
  const faults: string[] = [];
  const { repository, doubtful } = ledger;
  const listedTags = [...listing.tags.keys()].filter((tag) => tag.startsWith(ledger.prefix));
  for (const tag of new Set([...ledger.tags.keys(), ...listedTags])) {
    const holder = listing.tags.get(tag);
    const isKept = holder === ledger.tags.get(tag);
    const isChanged = doubtful.has(tag) && holder === doubtful.get(tag);
    if (!isKept && !isChanged) faults.push(`tag ${tag} is at ${holder}, not at ${ledger.tags.get(tag)}`);
  }
  for (const [digest, image] of ledger.images) {
    if (doubtful.has(digest)) continue;
    const body = Buffer.from(await (await registry.getManifest(repository, digest)).arrayBuffer());
    if (!body.equals(image.manifest)) faults.push(`image ${digest} was acknowledged and is lost`);
    if (!listing.digests.has(digest)) faults.push(`image ${digest} is not listed`);
  }
  for (const digest of ledger.deleted) {
    if (listing.digests.has(digest) && !doubtful.has(digest)) faults.push(`image ${digest} was deleted and is there`);
  }
  for (const [digest, blob] of ledger.blobs) {
    const bytes = Buffer.from(await (await registry.getBlob(repository, digest)).arrayBuffer());
    if (!bytes.equals(blob.bytes)) faults.push(`blob ${digest} was acknowledged and is lost`);
  }
  return faults;
}

/** Goes on with every upload that was left, from the offset that the server tells, to its end. */
async function findBrokenUploads(ledger: Ledger, registry: Registry): Promise<string[]> {
  const faults: string[] = [];
  for (const upload of ledger.uploads.splice(0)) {
    const response = await registry.send('GET', upload.session);
    await expectStatus(response, 204);
    const end = /^0-(\d+)$/.exec(response.headers.get('range') ?? '')?.[1];
    // `0-0` is said of an empty upload, too: no upload here has one byte
    const offset = end === undefined || end === '0' ? 0 : Number(end) + 1;
    if (offset < upload.acknowledged) {
      faults.push(`an upload is at ${offset}, ${upload.acknowledged} were acknowledged`);
      continue;
    }
    const digest = digestOf(upload.bytes);
    const finished = await registry.finishUpload(upload.session, digest, upload.bytes.subarray(offset));
    await expectStatus(finished, 201);
    const bytes = await asksFor(registry.getBlob(ledger.repository, digest));
    if (!bytes.equals(upload.bytes)) faults.push(`a resumed upload has other bytes`);
  }
  return faults;
}

/** Every broken promise, in words; afterwards what was in doubt is taken over as the server has it. */
export async function findFaults(ledger: Ledger, registry: Registry, listing: Listing): Promise<string[]> {
  const faults = [
    ...(await findLost(ledger, registry, listing)),
    ...(await findHalfVisible(ledger, registry, listing)),
    ...(await findBrokenUploads(ledger, registry)),
  ];
  settleDoubts(ledger, listing);
  return faults.map((fault) => `${ledger.repository}: ${fault}`);
}

function settleDoubts(ledger: Ledger, listing: Listing): void {
  for (const name of ledger.doubtful.keys()) {
    const isTag = !name.startsWith('sha256:');
    const holder = listing.tags.get(name);
    if (isTag && holder !== undefined) ledger.tags.set(name, holder);
    if (isTag && holder === undefined) ledger.tags.delete(name);
    if (isTag) continue;
    const image = ledger.sent.get(name);
    if (listing.digests.has(name) && image !== undefined) recordImage(ledger, image);
    else recordDeletion(ledger, name);
  }
  ledger.doubtful.clear();
}

/** Takes blobs out of the ledger that no image there needs: nobody promised them for longer than their lease. */
export function forgetLooseBlobs(ledger: Ledger): void {
  const needed = new Set([...ledger.images.values()].flatMap(blobsOf).map((blob) => blob.digest));
  for (const digest of ledger.blobs.keys()) if (!needed.has(digest)) ledger.blobs.delete(digest);
}
