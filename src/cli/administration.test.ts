import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../telemetry/log.ts';
import { openAdministration, type Administer } from './administration.ts';
import { CommandError } from './command.ts';
import { askServer, connectToServer, longestLine } from './socket.ts';

const log = createLog({ level: 'silent' });
let folder: string;
let closing: (() => Promise<void>)[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stowage-admin-'));
  closing = [];
});
afterEach(async () => {
  for (const close of closing) await close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(dataFolder: string, administer: Administer = async (command, input) => ({ command, input })) {
  const administration = await openAdministration({ dataFolder, temporaryFolder: tmpdir(), administer, log });
  closing.push(() => administration.close());
  return administration;
}

async function ask(dataFolder: string, command: string, input: unknown = {}): Promise<unknown> {
  const socket = await connectToServer(dataFolder);
  if (socket === undefined) throw new Error('nobody runs');
  return await askServer(socket, command, input);
}

/** Sends raw text and gives all that comes back. */
async function send(text: string): Promise<string> {
  const socket = connect(join(folder, 'socket')).setEncoding('utf8');
  socket.end(text);
  let answer = '';
  socket.on('data', (part: string) => (answer += part));
  await once(socket, 'close');
  return answer;
}

describe('administration over the socket', () => {
  it('carries a command there and its result back', async () => {
    await open(folder);
    expect(await ask(folder, 'login-password', { region: 'eu-west-1', text: 'ü\n' })).toEqual({
      command: 'login-password',
      input: { region: 'eu-west-1', text: 'ü\n' },
    });
  });

  it('is for the owner only', async () => {
    await open(folder);
    expect(statSync(join(folder, 'socket')).mode & 0o777).toBe(0o600);
  });

  it('tells refusals in their words, and faults without theirs', async () => {
    await open(folder, async (command) => {
      throw command === 'refuse' ? new CommandError('Not like this.') : new Error('secret detail');
    });
    await expect(ask(folder, 'refuse')).rejects.toThrow('Not like this.');
    await expect(ask(folder, 'fail')).rejects.toThrow('The server failed to do that; its log says why.');
  });

  it('serves several at once', async () => {
    await open(folder);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => ask(folder, 'count', n)));
    expect(answers.map((answer) => (answer as { input: number }).input)).toEqual(
      Array.from({ length: 20 }, (_, n) => n),
    );
  });

  it.each([
    ['what is no JSON', 'hello\n', /"refused":"The request is not JSON/],
    ['null', 'null\n', /"refused":"The running server is of another version/],
    ['another version', '{"stowage":2,"command":"x"}\n', /"refused":"The running server is of another version/],
    ['half a line', '{"stowage":1', /^$/],
    ['a line without an end', 'x'.repeat(longestLine + 1), /^$/],
  ])('lives on after %s', async (_, text, answer) => {
    await open(folder);
    expect(await send(text)).toMatch(answer);
    expect(await ask(folder, 'still here')).toMatchObject({ command: 'still here' });
  });

  it('ends what is under way before it closes, and does not wait for who says nothing', async () => {
    const { promise: release, resolve } = Promise.withResolvers<void>();
    const { promise: asked, resolve: onAsked } = Promise.withResolvers<void>();
    const administration = await open(folder, async () => {
      onAsked();
      await release;
      return 'done';
    });
    const silent = connect(join(folder, 'socket'));
    const result = ask(folder, 'slow');
    await asked;
    const closed = administration.close();
    closing = [];
    resolve();
    expect(await result).toBe('done');
    await closed;
    silent.destroy();
    expect(existsSync(join(folder, 'socket'))).toBe(false);
  });

  it('says so when the server ends before it answers', async () => {
    const server = createServer((socket) => socket.once('data', () => socket.destroy())).listen(join(folder, 'socket'));
    await once(server, 'listening');
    await expect(ask(folder, 'x')).rejects.toThrow('The server ended before it answered.');
    server.close();
  });
});

describe('the place of the socket', () => {
  it('knows that nobody runs where there is no socket', async () => {
    expect(await connectToServer(folder)).toBeUndefined();
  });

  it('is not confused by the socket of a server that was killed', async () => {
    const server = createServer().listen(join(folder, 'other'));
    await once(server, 'listening');
    // A socket file that nobody listens on any more: bound under this name, then taken over by none.
    const { renameSync } = await import('node:fs');
    renameSync(join(folder, 'other'), join(folder, 'socket'));
    server.close();
    await once(server, 'close');
    expect(existsSync(join(folder, 'socket'))).toBe(true);
    expect(await connectToServer(folder)).toBeUndefined();
    await open(folder);
    expect(await ask(folder, 'new')).toMatchObject({ command: 'new' });
  });

  it('is a short private folder for a data folder that lies deep, and is cleaned up', async () => {
    const deep = join(folder, 'deep-'.repeat(30));
    mkdirSync(deep);
    await open(deep);
    const path = readFileSync(join(deep, 'socket'), 'utf8').trim();
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await ask(deep, 'x')).toMatchObject({ command: 'x' });

    // The next server of the folder, after a kill: the old place goes, a new one comes.
    await open(deep);
    expect(existsSync(dirname(path))).toBe(false);
    expect(await ask(deep, 'y')).toMatchObject({ command: 'y' });
    const newPath = readFileSync(join(deep, 'socket'), 'utf8').trim();
    await closing.pop()!();
    expect(existsSync(dirname(newPath))).toBe(false);
    expect(existsSync(join(deep, 'socket'))).toBe(false);
    closing = [];
  });

  it('does not follow a note to a folder that others can use', async () => {
    const shared = join(folder, 'shared');
    mkdirSync(shared);
    chmodSync(shared, 0o777);
    const server = createServer().listen(join(shared, 'socket'));
    await once(server, 'listening');
    closing.push(async () => void server.close());
    writeFileSync(join(folder, 'socket'), `${join(shared, 'socket')}\n`);
    expect(await connectToServer(folder)).toBeUndefined();
  });
});
