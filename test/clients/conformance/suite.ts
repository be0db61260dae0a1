/** The two conformance suites of the OCI distribution spec, run against a server of their own. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PutAccountSettingCommand } from '@aws-sdk/client-ecr';
import { createRepositories, ecrClient, logIn } from '../../support/aws.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { goTool, type GoToolName } from '../../support/go-tools.ts';
import { cleanEnv, run } from '../../support/process.ts';
import { startStowage, type Stowage } from '../../support/stowage.ts';
import { readCases, type Case } from './junit.ts';

const repositories = { first: 'conformance/one', second: 'conformance/two' };

export interface SuiteRun {
  readonly cases: readonly Case[];
  readonly exitCode: number | null;
  readonly output: string;
}

interface Suite {
  readonly tool: GoToolName;
  /** Where the report in JUnit's form lies, in the folder of results. */
  readonly report: string;
  readonly flags?: readonly string[];
  environment(server: Stowage, password: string, results: string): NodeJS.ProcessEnv;
}

/** What the rewritten suite calls `dev` turns on all that is optional; sparse manifests ECR and Stowage refuse. */
export const rewritten: Suite = {
  tool: 'conformance',
  report: 'junit.xml',
  environment: (server, password, results) => ({
    OCI_REGISTRY: server.host,
    OCI_TLS: 'disabled',
    OCI_REPO1: repositories.first,
    OCI_REPO2: repositories.second,
    OCI_USERNAME: 'AWS',
    OCI_PASSWORD: password,
    OCI_VERSION: 'dev',
    OCI_DATA_SPARSE: 'false',
    OCI_RESULTS_DIR: results,
  }),
};

/** The suite of version 1.1, by which registries have been certified. */
export const stable: Suite = {
  tool: 'conformance-1.1',
  report: 'junit.xml',
  environment: (server, password, results) => ({
    OCI_ROOT_URL: server.url,
    OCI_NAMESPACE: repositories.first,
    OCI_CROSSMOUNT_NAMESPACE: repositories.second,
    OCI_USERNAME: 'AWS',
    OCI_PASSWORD: password,
    OCI_TEST_PULL: '1',
    OCI_TEST_PUSH: '1',
    OCI_TEST_CONTENT_DISCOVERY: '1',
    OCI_TEST_CONTENT_MANAGEMENT: '1',
    OCI_REPORT_DIR: results,
  }),
  // that ECR does not offer, and its 405 is no answer which this suite knows
  flags: ['-ginkgo.skip=Blob delete'],
};

/** Runs a suite against a new server in which its two repositories exist and mounting is allowed. */
export async function runSuite(suite: Suite): Promise<SuiteRun> {
  const binary = await goTool(suite.tool);
  const results = temporaryFolder('conformance');
  const server = await startStowage();
  try {
    await createRepositories(server, repositories.first, repositories.second);
    const ecr = ecrClient(server);
    await ecr.send(new PutAccountSettingCommand({ name: 'BLOB_MOUNTING', value: 'ENABLED' }));
    ecr.destroy();
    const { password } = await logIn(server);
    const env = cleanEnv(suite.environment(server, password, results.path));
    const outcome = await run(binary, suite.flags ?? [], { env, cwd: results.path, timeout: 600_000 });
    const report = await readFile(join(results.path, suite.report), 'utf8');
    return { cases: readCases(report), exitCode: outcome.code, output: outcome.stdout + outcome.stderr };
  } finally {
    await server.close();
    results.remove();
  }
}
