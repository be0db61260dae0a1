/** SIGTERM, to the server or to npm around it, lets a push that is under way come to its end. */
import { request, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRepositories, logIn, type Endpoint } from '../support/aws.ts';
import { temporaryFolder, type Folder } from '../support/folders.ts';
import { digestOf, seededBytes } from '../support/images.ts';
import { cleanEnv, freePort, startProcess, until, waitForUrl, type Child } from '../support/process.ts';
import { expectStatus, registryAt } from '../support/registry.ts';
import { checkout, readCredentials, spawnStowage, startStowage } from '../support/stowage.ts';

let folder: Folder;
let data: string;
let port: number;

beforeEach(async () => {
  folder = temporaryFolder('end');
  data = join(folder.path, 'data');
  port = await freePort();
});

afterEach(() => {
  folder.remove();
});

const flags = (): string[] => ['--data', data, '--listen', `127.0.0.1:${port}`];

async function takesNoMore(url: string): Promise<true | undefined> {
  try {
    const response = await fetch(`${url}/readyz`, { headers: { connection: 'close' } });
    await response.arrayBuffer();
    return response.ok ? undefined : true;
  } catch {
    return true; // nobody listens any more
  }
}

/** Begins a push in one request, ends the server in its middle, and sends the rest when nothing new is taken. */
async function pushAcrossTheEnd(child: Child): Promise<void> {
  const url = `http://127.0.0.1:${port}`;
  const endpoint: Endpoint = { url, credentials: readCredentials(join(data, 'credentials')) };
  await createRepositories(endpoint, 'slow');
  const { authorization } = await logIn(endpoint);
  const session = new URL(await registryAt(url, authorization).startUpload('slow'));
  const bytes = seededBytes('slow push', 3_000_000);
  session.searchParams.set('digest', digestOf(bytes));
  const headers = { authorization, 'content-type': 'application/octet-stream', 'content-length': bytes.length };
  const push = request(session, { method: 'PUT', headers, agent: false });
  const answered = once(push, 'response') as Promise<[IncomingMessage]>;
  push.write(bytes.subarray(0, 1_200_000));
  await new Promise((resolve) => setTimeout(resolve, 300));

  child.signal('SIGTERM');
  await until('no new request is taken', async () => await takesNoMore(url));
  expect(child.isRunning()).toBe(true);
  push.end(bytes.subarray(1_200_000));
  const [response] = await answered;
  response.resume();
  expect(response.statusCode).toBe(201);
  const { code, signal } = await child.exited;
  expect({ code, signal }).toEqual({ code: 0, signal: null });

  const again = await startStowage({ data, port });
  const registry = registryAt(again.url, (await logIn(again)).authorization);
  expect(await expectStatus(await registry.getBlob('slow', digestOf(bytes)), 200)).toEqual(bytes);
  await again.stop();
}

describe('SIGTERM during a slow push', () => {
  test('to the server', async () => {
    const child = spawnStowage(flags());
    await waitForUrl(`http://127.0.0.1:${port}/readyz`, child);
    await pushAcrossTheEnd(child);
  });

  test('to npm, which started it', async () => {
    const child = startProcess('npm', ['start', '--', ...flags()], { cwd: checkout, env: cleanEnv() });
    await waitForUrl(`http://127.0.0.1:${port}/readyz`, child);
    await pushAcrossTheEnd(child);
  });
});
