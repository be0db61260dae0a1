/** One PostgreSQL for all tests of a project; each takes databases of its own on it (app.ts). */
import type { TestProject } from 'vitest/node';
import prepare from './prepare.ts';
import { startCluster, type ClusterPlace } from './postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Absent in projects that test on the embedded database. */
    postgres?: ClusterPlace;
  }
}

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  prepare(); // where the server is installed for the tests, that comes first
  const cluster = await startCluster();
  project.provide('postgres', cluster.place);
  return async () => await cluster.close();
}
