import type { Migration } from './index.ts';

/** Ids of uploads that have ended before the id's own time was over. */
export const endedUploads: Migration = {
  number: 7,
  statements: ({ text, narrow }) => [`create table ended_upload (id ${text} primary key not null)${narrow}`],
};
