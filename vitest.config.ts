import { defineConfig } from 'vitest/config';
import { missingPostgres } from './test/support/postgres.ts';
import { mayInstall } from './test/support/prepare.ts';

/** What says little of the database and takes minutes: with PostgreSQL only where time is no object. */
const lengthy =
  process.env['CI'] === 'true'
    ? []
    : ['chains', 'iam', 'policies', 'private-access'].map((folder) => `test/integration/${folder}/**`);

/** The same tests of the running registry once more, with PostgreSQL under it, and those of several nodes. */
const onPostgres = {
  test: {
    name: 'PostgreSQL',
    globalSetup: ['test/support/postgres-setup.ts'],
    include: ['test/integration/**/*.test.ts', 'test/postgres/**/*.test.ts'],
    exclude: lengthy,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
};

export default defineConfig({
  test: {
    globalSetup: ['test/support/prepare.ts'],
    projects: [
      {
        test: {
          name: 'rooms',
          include: [
            'src/**/*.test.ts',
            'test/*.test.ts',
            'test/support/**/*.test.ts',
            'test/contract/**/*.test.ts',
            'test/oracle/**/*.test.ts',
            'test/integration/**/*.test.ts',
          ],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      ...(missingPostgres() === undefined || mayInstall ? [onPostgres] : []),
      {
        test: {
          name: 'acceptance',
          include: ['test/acceptance/**/*.test.ts'],
          // real engines and kills under load want the machine for themselves
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
