import type { Migration } from './index.ts';

/** Limits of an account that differ from the usual ones. */
export const accountLimits: Migration = {
  number: 6,
  statements: ({ integer, text, narrow }) => [
    `create table account_limit (
      account ${text} not null references account (id), name ${text} not null, value ${integer} not null,
      primary key (account, name))${narrow}`,
  ],
};
