import type { Migration } from './index.ts';

/** The bytes of blobs that are too short to have a file. */
export const shortBlobs: Migration = {
  number: 5,
  statements: ({ bytes }) => [`alter table blob add column sealed ${bytes}`],
};
