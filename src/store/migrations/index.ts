import { base } from './0001-base.ts';
import { uploadNode } from './0002-upload-node.ts';
import { wholeUpload } from './0003-whole-upload.ts';
import { iam } from './0004-iam.ts';
import { shortBlobs } from './0005-short-blobs.ts';
import { accountLimits } from './0006-account-limits.ts';
import { endedUploads } from './0007-ended-uploads.ts';

/** Words of an engine that migrations need: how it spells its types and what a table of narrow rows ends with. */
export interface Spelling {
  readonly integer: string;
  readonly bytes: string;
  /** Text that is sorted and compared by its bytes. */
  readonly text: string;
  /** An integer key that the engine counts up and never gives twice. */
  readonly counter: string;
  /** Ends a table whose rows live in the tree of their primary key. */
  readonly narrow: string;
  /** Ends any other table. */
  readonly table: string;
}

export interface Migration {
  readonly number: number;
  readonly statements: (spelling: Spelling) => readonly string[];
}

/** In order, forward only, never edited after a release. */
export const migrations: readonly Migration[] = [
  base,
  uploadNode,
  wholeUpload,
  iam,
  shortBlobs,
  accountLimits,
  endedUploads,
];
