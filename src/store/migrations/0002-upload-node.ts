import type { Migration } from './index.ts';

/** Which node writes the file of an upload; '' where there is one node only. */
export const uploadNode: Migration = {
  number: 2,
  statements: ({ text }) => [`alter table upload add column node ${text} not null default ''`],
};
