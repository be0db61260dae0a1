/** Endpoints that have a listener of their own, for HTTP and for HTTPS, and starts that fail for one. */
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { ECR } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fillTlsFolder } from '../../../src/core/certificates/tls-folder.ts';
import { StartError } from '../../../src/domain/start-error.ts';
import { account, region, startApp } from '../../support/app.ts';
import { temporaryFolder, type Folder } from '../../support/folders.ts';
import { iamClient, makeUser } from '../../support/iam.ts';
import { freePort } from '../../support/process.ts';

let folder: Folder;
let tlsFolder: string;

beforeAll(() => {
  folder = temporaryFolder('endpoint-listeners');
  tlsFolder = join(folder.path, 'tls');
  fillTlsFolder({
    folder: tlsFolder,
    regions: [region],
    domains: [],
    hosts: [],
    dropAuthorityKey: false,
    now: Date.now(),
  });
});

afterAll(() => folder.remove());

const endpoint = (id: string, keys: string): string =>
  `  - {id: ${id}, vpc: vpc-1, account: ${account}, services: [ecr.api, ecr.dkr], ${keys}}\n`;

describe('an endpoint with a listener of its own', () => {
  test('speaks HTTPS with the certificate of the server, where nothing else does', async () => {
    const yaml = `endpoints:\n${endpoint('vpce-tls', 'tls-listen: "127.0.0.1:0"')}`;
    const app = await startApp({ yaml, flags: { 'tls-dir': tlsFolder } });
    const iam = iamClient(app.url, app.credentials());
    try {
      const user = await makeUser(iam, 'inside', {
        Effect: 'Allow',
        Action: 'ecr:DescribeRepositories',
        Resource: '*',
        Condition: { StringEquals: { 'aws:SourceVpce': 'vpce-tls' }, Bool: { 'aws:SecureTransport': 'true' } },
      });
      const origin = app.endpointOrigins.get('vpce-tls') ?? '';
      expect(origin).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
      const httpsAgent = new Agent({ ca: readFileSync(join(tlsFolder, 'ca.crt')) });
      const credentials = { ...user };
      const inside = new ECR({ endpoint: origin, region, credentials, maxAttempts: 1, requestHandler: { httpsAgent } });
      const outside = new ECR({ endpoint: app.url, region, credentials, maxAttempts: 1 });
      expect((await inside.describeRepositories({})).repositories).toEqual([]);
      await expect(outside.describeRepositories({})).rejects.toMatchObject({ name: 'AccessDeniedException' });
      inside.destroy();
      outside.destroy();
    } finally {
      iam.destroy();
      await app.close();
    }
  });

  test('shares it with another, and the host chooses', async () => {
    const address = `listen: "127.0.0.1:${await freePort()}"`;
    const yaml = `endpoints:\n${endpoint('vpce-a', address)}${endpoint('vpce-b', `${address}, hosts: b.example`)}`;
    const app = await startApp({ yaml });
    try {
      expect(app.endpointOrigins.get('vpce-a')).toBe(app.endpointOrigins.get('vpce-b'));
      expect(app.endpointOrigins.get('vpce-a')).not.toBe(app.url);
    } finally {
      await app.close();
    }
  });

  test('is refused in one sentence on an address that is taken', async () => {
    const first = await startApp();
    const yaml = `endpoints:\n${endpoint('vpce-a', `listen: "${first.host}"`)}`;
    const second = startApp({ yaml });
    await expect(second).rejects.toThrow(StartError);
    await expect(second).rejects.toThrow(
      `${first.url} is in use by another program; choose another with listen of vpce-a.`,
    );
    await first.close();
  });
});
