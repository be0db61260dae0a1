/**
 * What one client of a repository was promised, kept outside the server: tags, images and blobs that were acknowledged,
 * what was deleted, and the requests whose answer never came. After a crash the server is held against it
 * (ledger-check.ts).
 */
import type { FrontName } from './fronts.ts';
import { blobsOf, type Blob, type Image } from '../images.ts';
import { UnexpectedAnswer } from '../registry.ts';

/** An upload that was begun: `acknowledged` bytes of `bytes` were answered with success. */
export interface OpenUpload {
  readonly front: FrontName;
  readonly session: string;
  readonly bytes: Buffer;
  acknowledged: number;
  /** Whether its end was asked for: without an answer either the upload is there or its blob. */
  ending: boolean;
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
  readonly uploads: Set<OpenUpload>;
  /** Every image that was ever sent. */
  readonly sent: Map<string, Image>;
  /**
   * What the request without an answer does if it was carried out: a tag → the digest that it gets, or undefined where
   * it goes; a digest → itself where it comes, or undefined where it goes.
   */
  readonly doubtful: Map<string, string | undefined>;
  /** Answers of success, by what was done and on which front. */
  readonly acknowledged: Map<string, number>;
}

export function newLedger(repository: string, prefix: string): Ledger {
  return {
    repository,
    prefix,
    tags: new Map(),
    images: new Map(),
    blobs: new Map(),
    deleted: new Set(),
    uploads: new Set(),
    sent: new Map(),
    doubtful: new Map(),
    acknowledged: new Map(),
  };
}

/** Counts an answer of success. */
export function countAnswer(ledger: Ledger, what: string): void {
  ledger.acknowledged.set(what, (ledger.acknowledged.get(what) ?? 0) + 1);
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

/** Takes blobs out of the ledger that no image there needs: nobody promised them for longer than their lease. */
export function forgetLooseBlobs(ledger: Ledger): void {
  const needed = new Set([...ledger.images.values()].flatMap(blobsOf).map((blob) => blob.digest));
  for (const digest of ledger.blobs.keys()) if (!needed.has(digest)) ledger.blobs.delete(digest);
}
