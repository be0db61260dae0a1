import type { Migration } from './index.ts';

/** The digest of an upload whose file is a finished blob already. */
export const wholeUpload: Migration = {
  number: 3,
  statements: ({ text }) => [`alter table upload add column whole ${text}`],
};
