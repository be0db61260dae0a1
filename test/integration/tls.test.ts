/** HTTPS beside plain HTTP: one registry behind both, and a certificate that is exchanged while it runs. */
import { readFileSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fillTlsFolder } from '../../src/core/certificates/tls-folder.ts';
import { account, region, startApp, type RunningApp } from '../support/app.ts';
import { temporaryFolder, type Folder } from '../support/folders.ts';
import { freePort, until } from '../support/process.ts';

let folder: Folder;
let tlsFolder: string;
let app: RunningApp;
let port: number;

const issue = (regions: readonly string[], at = tlsFolder): unknown =>
  fillTlsFolder({ folder: at, regions, domains: [], hosts: [], dropAuthorityKey: false, now: Date.now() });

beforeAll(async () => {
  folder = temporaryFolder('tls');
  tlsFolder = join(folder.path, 'tls');
  issue([region, 'us-east-1']);
  port = await freePort();
  app = await startApp({
    flags: { 'tls-listen': `127.0.0.1:${port}`, 'tls-dir': tlsFolder },
    repositories: ['team/app'],
  });
});

afterAll(async () => {
  await app.close();
  folder.remove();
});

const authority = (): Buffer => readFileSync(join(tlsFolder, 'ca.crt'));
const registryHost = (inRegion = region): string => `${account}.dkr.ecr.${inRegion}.amazonaws.com`;

interface Reply {
  readonly status: number;
  readonly challenge: string | undefined;
  readonly body: string;
}

/** GET under a name that need not resolve, by a client that trusts the authority of the folder and no other. */
async function get(
  path: string,
  options: { host?: string; agent?: Agent; authorization?: string } = {},
): Promise<Reply> {
  const host = options.host ?? registryHost();
  const headers = { host, ...(options.authorization === undefined ? {} : { authorization: options.authorization }) };
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const ca = authority();
  const asked = request(
    { host: '127.0.0.1', port, path, servername: host, ca, headers, agent: options.agent ?? false },
    (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          challenge: answer.headers['www-authenticate'],
          body: Buffer.concat(pieces).toString(),
        }),
      );
    },
  );
  asked.on('error', reject).end();
  return await promise;
}

/** The serial number of the certificate that a new connection is shown. */
async function serialShown(): Promise<string> {
  const socket: TLSSocket = connect({ host: '127.0.0.1', port, servername: registryHost(), ca: authority() });
  await once(socket, 'secureConnect');
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

/** Waits until new connections are shown another certificate than `before`. */
const another = (before: string): Promise<true> =>
  until('another certificate is shown', async () => ((await serialShown()) === before ? undefined : true));

describe('the HTTPS listener', () => {
  test('serves the registry that its host name says, and calls itself https', async () => {
    const answer = await get('/v2/');
    expect(answer.status).toBe(401);
    expect(answer.challenge).toBe(`Basic realm="https://${registryHost()}/",service="ecr.amazonaws.com"`);
  });

  test('takes the same login as the plain one, for the same repositories', async () => {
    const { authorization } = app;
    const secure = await get('/v2/team/app/tags/list', { authorization });
    const plain = await app.ask('GET', '/v2/team/app/tags/list', { authorization });
    expect(secure).toMatchObject({ status: 200, body: plain.body.toString() });
    expect((await get('/v2/team/app/tags/list', { authorization, host: registryHost('us-east-1') })).status).toBe(404);
  });

  test('speaks TLS 1.2 and 1.3 and nothing older', async () => {
    const speak = async (version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'): Promise<string | null> => {
      const socket = connect({
        host: '127.0.0.1',
        port,
        servername: registryHost(),
        ca: authority(),
        minVersion: version,
        maxVersion: version,
        ciphers: 'DEFAULT@SECLEVEL=0',
      });
      try {
        await once(socket, 'secureConnect');
        return socket.getProtocol();
      } finally {
        socket.destroy();
      }
    };
    expect(await speak('TLSv1.2')).toBe('TLSv1.2');
    expect(await speak('TLSv1.3')).toBe('TLSv1.3');
    await expect(speak('TLSv1.1')).rejects.toThrow(/alert|protocol/i);
  });
});

describe('a certificate that changes while the server runs', () => {
  test('is shown to new connections, while one that is open goes on', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await get('/healthz', { agent });
    await expect(get('/healthz', { host: registryHost('us-west-2') })).rejects.toThrow(/altname|does not match/i);

    const before = await serialShown();
    issue([region, 'us-east-1', 'us-west-2']);
    await another(before);

    expect((await get('/healthz', { host: registryHost('us-west-2') })).status).toBe(200);
    const [socket] = Object.values(agent.freeSockets).flat();
    expect((await get('/healthz', { agent })).status).toBe(200);
    expect(Object.values(agent.freeSockets).flat()).toEqual([socket]);
    agent.destroy();
  });

  test('is not taken while it is half there or broken, and is as soon as it is whole', async () => {
    const before = await serialShown();
    const other = join(folder.path, 'other');
    issue([region], other);
    const [certificate, key] = ['server.crt', 'server.key'].map((name) => readFileSync(join(other, name)));
    const look = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 1500));
    const put = (name: string, content: Buffer | string): void => writeFileSync(join(tlsFolder, name), content);

    put('server.key', key ?? ''); // of another certificate
    await look();
    expect(await serialShown()).toBe(before);
    put('server.crt', 'no certificate');
    await look();
    expect(await serialShown()).toBe(before);

    put('ca.crt', readFileSync(join(other, 'ca.crt')));
    put('server.crt', certificate ?? '');
    await until('the whole pair is shown', async () => {
      const shown = await serialShown().catch(() => before); // the old one, which the new authority did not sign
      return shown === before ? undefined : true;
    });
  });
});

describe('a start with HTTPS', () => {
  test.each([
    ['without a certificate', () => undefined, /server\.crt cannot be read \(ENOENT\).*stowage tls init --out/],
    [
      'with bytes that are none',
      (at: string) => writeFileSync(join(at, 'server.crt'), 'x'),
      /no certificate in PEM form/,
    ],
    [
      'with the key of another',
      (at: string) => writeFileSync(join(at, 'server.key'), readFileSync(join(folder.path, 'strange', 'server.key'))),
      /server\.key is not the key of .*server\.crt/,
    ],
  ])('%s is refused in one sentence', async (name, spoil, sentence) => {
    const at = join(folder.path, name.replaceAll(' ', '-'));
    issue([region], join(folder.path, 'strange'));
    if (name !== 'without a certificate') issue([region], at);
    spoil(at);
    const flags = { 'tls-listen': '127.0.0.1:0', 'tls-dir': at };
    await expect(startApp({ flags })).rejects.toThrow(sentence);
  });

  test('on an address that is taken is refused in one sentence', async () => {
    const flags = { 'tls-listen': `127.0.0.1:${port}`, 'tls-dir': tlsFolder };
    await expect(startApp({ flags })).rejects.toThrow(`https://127.0.0.1:${port} is in use by another program`);
  });
});
