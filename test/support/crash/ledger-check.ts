/** Holds a server against what its clients were promised, on both fronts. */
import { digestOf } from '../images.ts';
import { recordDeletion, recordImage, type Ledger, type OpenUpload } from './ledger.ts';
import { expectStatus } from '../registry.ts';
import { eachOf } from './each-of.ts';
import type { Front, Fronts } from './fronts.ts';

/** What stands in the server's lists: every tag, and every digest that the AWS API names. */
interface Listing {
  readonly tags: ReadonlyMap<string, string>;
  readonly digests: ReadonlySet<string>;
}

interface ManifestBody {
  config?: { digest: string };
  layers?: { digest: string }[];
  manifests?: { digest: string }[];
}

/** What both fronts list of a repository, and where their tags differ. */
async function readListing(fronts: Fronts, repository: string): Promise<{ listing: Listing; differences: string[] }> {
  const tags = new Map<string, string>();
  const digests = new Set<string>();
  for (const { imageDigest = '', imageTag } of await fronts.listImages(repository)) {
    digests.add(imageDigest);
    if (imageTag !== undefined) tags.set(imageTag, imageDigest);
  }
  const listed = new Set(await fronts.listTags(repository));
  const differences = [...listed.symmetricDifference(tags)].map((tag) => `${tag} is listed on one front only`);
  return { listing: { tags, digests }, differences };
}

/** What stands in a manifest: digests of its blobs and of its children. */
function namesIn(manifest: Buffer): { blobs: string[]; children: string[] } {
  const { config, layers = [], manifests = [] } = JSON.parse(manifest.toString()) as ManifestBody;
  const blobs = [...(config === undefined ? [] : [config]), ...layers].map((blob) => blob.digest);
  return { blobs, children: manifests.map((child) => child.digest) };
}

/** What one front answers about everything that is listed or was promised. */
interface View {
  readonly front: Front;
  readonly manifests: ReadonlyMap<string, Buffer>;
  readonly blobs: ReadonlyMap<string, number>;
}

async function viewOf(front: Front, repository: string, ledgers: readonly Ledger[], listing: Listing): Promise<View> {
  const digests = new Set([...listing.digests, ...listing.tags.values()]);
  const blobs = new Set<string>();
  for (const ledger of ledgers) {
    for (const digest of ledger.images.keys()) digests.add(digest);
    for (const digest of ledger.blobs.keys()) blobs.add(digest);
  }
  const manifests = await front.getManifests(repository, [...digests]);
  for (const manifest of manifests.values()) for (const digest of namesIn(manifest).blobs) blobs.add(digest);
  return { front, manifests, blobs: await front.findBlobs(repository, [...blobs]) };
}

/** Everything that is listed is there as a whole: manifest, children, config and layers. */
function findHalfVisible({ front, manifests, blobs }: View, listing: Listing): string[] {
  const faults: string[] = [];
  for (const digest of new Set([...listing.digests, ...listing.tags.values()])) {
    const manifest = manifests.get(digest);
    if (manifest === undefined || digestOf(manifest) !== digest) {
      faults.push(`${digest} is listed but its manifest is not there`);
      continue;
    }
    const names = namesIn(manifest);
    for (const child of names.children) {
      if (!listing.digests.has(child)) faults.push(`${digest} is there without its child ${child}`);
    }
    for (const blob of names.blobs) if (!blobs.has(blob)) faults.push(`${digest} is there without its blob ${blob}`);
  }
  return faults.map((fault) => `${front.name}: ${fault}`);
}

/** The bytes of every blob that is there, half of them by each front: which of them is up to the digest. */
async function findDamaged(fronts: Fronts, repository: string, views: readonly View[]): Promise<string[]> {
  const faults: string[] = [];
  const used = new Set(views.flatMap(({ manifests }) => [...manifests.values()].flatMap((one) => namesIn(one).blobs)));
  await eachOf(new Set(views.flatMap(({ blobs }) => [...blobs.keys()])), async (blob) => {
    const isOdd = Number.parseInt(blob.at(-1) ?? '', 16) % 2 === 1;
    // the AWS API gives layers of images only
    const front = isOdd && used.has(blob) ? fronts.aws : fronts.oci;
    const bytes = await front.getBlob(repository, blob);
    if (bytes === undefined || digestOf(bytes) !== blob) faults.push(`${front.name}: ${blob} has other bytes, or none`);
  });
  return faults;
}

function findLostTags(ledger: Ledger, listing: Listing): string[] {
  const faults: string[] = [];
  const { doubtful } = ledger;
  const listed = [...listing.tags.keys()].filter((tag) => tag.startsWith(ledger.prefix));
  for (const tag of new Set([...ledger.tags.keys(), ...listed])) {
    const holder = listing.tags.get(tag);
    const isKept = holder === ledger.tags.get(tag);
    const isChanged = doubtful.has(tag) && holder === doubtful.get(tag);
    if (!isKept && !isChanged) faults.push(`tag ${tag} is at ${holder}, not at ${ledger.tags.get(tag)}`);
  }
  return faults;
}

/** Holds images, blobs and deletions against what one front answers. */
function findLost(ledger: Ledger, { front, manifests, blobs }: View, listing: Listing): string[] {
  const faults: string[] = [];
  const { doubtful } = ledger;
  for (const [digest, { manifest }] of ledger.images) {
    if (doubtful.has(digest)) continue;
    if (manifests.get(digest)?.equals(manifest) !== true) faults.push(`image ${digest} was acknowledged and is lost`);
    if (!listing.digests.has(digest)) faults.push(`image ${digest} is not listed`);
  }
  for (const digest of ledger.deleted) {
    if (listing.digests.has(digest) && !doubtful.has(digest)) faults.push(`image ${digest} was deleted and is there`);
  }
  for (const [digest, { bytes }] of ledger.blobs) {
    if (blobs.get(digest) !== bytes.length) faults.push(`blob ${digest} was acknowledged and is lost`);
  }
  return faults.map((fault) => `${front.name}: ${fault}`);
}

/** Where the server stands with an upload, asked on the OCI front, which knows those of the AWS API, too. */
async function offsetOf(fronts: Fronts, repository: string, upload: OpenUpload): Promise<number | undefined> {
  const path = upload.front === 'oci' ? upload.session : `/v2/${repository}/blobs/uploads/${upload.session}`;
  const response = await fronts.registry.send('GET', path);
  await expectStatus(response, 204, 404);
  if (response.status === 404) return undefined;
  const end = /^0-(\d+)$/.exec(response.headers.get('range') ?? '')?.[1];
  // `0-0` is said of an empty upload, too: no upload here has one byte
  return end === undefined || end === '0' ? 0 : Number(end) + 1;
}

/** Goes on with every upload that was begun, from where the server stands, to its end and on its own front. */
async function findBrokenUploads(ledger: Ledger, fronts: Fronts): Promise<string[]> {
  const faults: string[] = [];
  const { repository } = ledger;
  for (const upload of ledger.uploads) {
    ledger.uploads.delete(upload);
    const { session, bytes, acknowledged, ending } = upload;
    const front = fronts[upload.front];
    const offset = await offsetOf(fronts, repository, upload);
    const digest = digestOf(bytes);
    if (offset === undefined && !ending) faults.push(`${front.name}: an upload at ${acknowledged} is gone`);
    if (offset !== undefined && offset < acknowledged) {
      faults.push(`${front.name}: an upload is at ${offset}, ${acknowledged} were acknowledged`);
      continue;
    }
    if (offset !== undefined) {
      if (offset < bytes.length)
        await front.appendUpload(repository, session, { bytes: bytes.subarray(offset), offset });
      await front.finishUpload(repository, session, digest);
    }
    const stored = await fronts.oci.getBlob(repository, digest);
    if (stored?.equals(bytes) !== true)
      faults.push(`${front.name}: an upload that was begun has other bytes at its end`);
  }
  return faults;
}

/** Broken promises, in words. */
export interface Faults {
  /** What was acknowledged and is not so, and uploads that cannot be gone on with. */
  readonly lost: string[];
  /** What one list or front shows and another does not, or not as a whole. */
  readonly halfVisible: string[];
}

/** Holds a repository against all who use it; afterwards what was in doubt is taken over as the server has it. */
export async function findFaults(fronts: Fronts, repository: string, ledgers: readonly Ledger[]): Promise<Faults> {
  const { listing, differences } = await readListing(fronts, repository);
  const views = await Promise.all(
    [fronts.oci, fronts.aws].map(async (front) => await viewOf(front, repository, ledgers, listing)),
  );
  const halfVisible = [
    ...differences,
    ...views.flatMap((view) => findHalfVisible(view, listing)),
    ...(await findDamaged(fronts, repository, views)),
  ];
  const lost: string[] = [];
  for (const ledger of ledgers) {
    lost.push(...findLostTags(ledger, listing), ...views.flatMap((view) => findLost(ledger, view, listing)));
    lost.push(...(await findBrokenUploads(ledger, fronts)));
    settleDoubts(ledger, listing);
  }
  return { lost, halfVisible };
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
