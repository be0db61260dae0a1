import { defineConfig } from 'vitest/config';

/** Suites and clients that are built with Go or come from PyPI: `npm run test:clients`. */
export default defineConfig({
  test: {
    globalSetup: ['test/support/prepare.ts'],
    include: ['test/clients/**/*.test.ts'],
    fileParallelism: false,
    // the first run builds the tools
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
  },
});
