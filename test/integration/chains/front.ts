/** One hand: what a client can do with a registry, whichever front it speaks to. */

export type FrontName = 'OCI' | 'JSON';

export const frontNames = ['OCI', 'JSON'] as const;

/** An answer that was no success, by the front's own name for it: `404 NAME_UNKNOWN`, `RepositoryNotFoundException`. */
export class Refused extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export interface NewManifest {
  readonly manifest: Buffer;
  /** What is said of it beside its bytes; nothing where it is undefined. */
  readonly mediaType: string | undefined;
  readonly tag?: string | undefined;
  /** The digest that is asked for; its algorithm is that of the image. */
  readonly digest?: string | undefined;
}

export interface StoredManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

export interface Description {
  readonly digest: string;
  readonly mediaType: string;
  readonly artifactType: string | undefined;
  /** Bytes of config and layers; for an index those of its largest image. */
  readonly size: number;
}

export interface Referrer {
  readonly digest: string;
  readonly mediaType: string;
  readonly artifactType: string | undefined;
  readonly size: number;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What a client can do. References are tags or digests; every method throws {@link Refused}. */
export interface Front {
  readonly name: FrontName;
  beginUpload(repository: string): Promise<string>;
  append(repository: string, upload: string, bytes: Buffer, first: number): Promise<void>;
  /** Bytes that an upload has. */
  received(repository: string, upload: string): Promise<number>;
  complete(repository: string, upload: string, digest: string): Promise<void>;
  /** Undefined where the repository does not have the layer. */
  layerSize(repository: string, digest: string): Promise<number | undefined>;
  readLayer(repository: string, digest: string): Promise<Buffer>;
  /** Gives the image's digest. */
  putManifest(repository: string, manifest: NewManifest): Promise<string>;
  readManifest(repository: string, reference: string): Promise<StoredManifest>;
  describe(repository: string, reference: string): Promise<Description>;
  tags(repository: string): Promise<string[]>;
  remove(repository: string, reference: string): Promise<void>;
  referrers(repository: string, subject: string, artifactType?: string): Promise<Referrer[]>;
}
