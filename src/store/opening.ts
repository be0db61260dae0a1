import type { Store } from './db.ts';

/** A database that is about to be used: it is looked at before anything in it is changed, and nobody else starts meanwhile. */
export interface Opening {
  /** What sentences call it, such as "the data folder /srv/stowage". */
  readonly name: string;
  /** Version of its schema; 0 for an empty database. */
  readonly version: number;
  /** A row of `meta`; undefined where there is none. */
  readMeta(name: string): Promise<string | undefined>;
  /** Brings it to the newest schema and gives the store. */
  open(): Promise<Store>;
  /** Lets others start. The store stays open. */
  release(): Promise<void>;
}
