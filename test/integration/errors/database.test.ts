/** What both fronts say while the database of the registry does not answer: only a server can be away. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorTable } from '../../../src/domain/errors.ts';
import { startApp, type RunningApp } from '../../support/app.ts';
import { missingPostgres, startCluster, type Cluster } from '../../support/postgres.ts';
import { serviceOf } from '../../support/wire/service-tables.ts';
import { emptyCall } from '../../support/wire/signed-requests.ts';
import { refusalOf } from './door-cases.ts';

const message = 'The database of this registry does not answer at the moment. Try again.';

describe.skipIf(missingPostgres())('a registry whose database is away', () => {
  let cluster: Cluster;
  let app: RunningApp;

  beforeAll(async () => {
    cluster = await startCluster();
    app = await startApp({ flags: { database: await cluster.createDatabase() }, repositories: ['errors'] });
    await cluster.stop();
  });

  afterAll(async () => {
    await app?.close();
    await cluster?.close();
  });

  test('asks to come back on ECR, on STS and on the OCI front', async () => {
    const json = await refusalOf(app, 'json', emptyCall(serviceOf('ecr'), 'DescribeRepositories'));
    expect(json).toMatchObject({ status: 503, code: 'ServiceUnavailableException', message });
    const query = await refusalOf(app, 'query', emptyCall(serviceOf('sts'), 'GetCallerIdentity'));
    expect(query).toMatchObject({ status: 503, code: 'ServiceUnavailable', message });
    const { authorization } = app;
    const oci = await app.ask('GET', '/v2/errors/tags/list', { authorization });
    expect([oci.status, oci.headers['retry-after']]).toEqual([503, '1']);
    expect(JSON.parse(oci.body.toString())).toEqual({ errors: [{ code: 'UNAVAILABLE', message }] });
    expect(errorTable.databaseUnavailable.message({})).toBe(message);
  });
});
