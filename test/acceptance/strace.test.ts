/** What the system was really asked for: before each 201 the blob, its folder, and then the database's log are synced. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRepositories } from '../support/aws.ts';
import { openFronts, type Fronts } from '../support/crash/fronts.ts';
import { readTrace, whyNoTrace, type SystemCall } from '../support/crash/system-calls.ts';
import { temporaryFolder } from '../support/folders.ts';
import { blobsOf, digestOf, seededBytes, seededImage } from '../support/images.ts';
import { cleanEnv, freePort, startProcess, until, waitForUrl, type Child } from '../support/process.ts';
import { checkout, readCredentials } from '../support/stowage.ts';

const why = whyNoTrace();
if (why !== undefined) process.stdout.write(`skipped: the order of syncs (${why})\n`);

const folder = temporaryFolder('trace');
const data = join(folder.path, 'new', 'data');
const traceFile = join(folder.path, 'trace');
const watched = 'openat,?mkdir,mkdirat,fsync,fdatasync,write,writev,pwrite64,pwritev,sendto,sendmsg';
const repository = 'traced';

let child: Child;
let fronts: Fronts;
let calls: SystemCall[] = [];

beforeAll(async () => {
  if (why !== undefined) return;
  const host = `127.0.0.1:${await freePort()}`;
  const strace = ['-f', '-y', '-qq', '-s', '40', '-e', `trace=${watched}`, '-e', 'signal=none', '-o', traceFile];
  const serve = [process.execPath, join(checkout, 'bin', 'stowage'), 'serve', '--data', data, '--listen', host];
  child = startProcess('strace', [...strace, ...serve], { env: cleanEnv() });
  await waitForUrl(`http://${host}/readyz`, child);
  const server = { url: `http://${host}`, credentials: readCredentials(join(data, 'credentials')) };
  await createRepositories(server, repository);
  fronts = await openFronts(server);
  await push();
  fronts.close();
  // strace writes of a call when it has seen its end, which may be after the client has read the answer
  await until('the trace has every answer', () => {
    calls = readTrace(readFileSync(traceFile, 'utf8')).filter(({ failed }) => !failed);
    return requestsAnswered('201').length === pushed.length ? true : undefined;
  });
  await child.kill();
});

afterAll(async () => {
  await child?.kill();
  folder.remove();
});

/** What is pushed, in this order: each gives one 201. */
const pushed = [
  'a blob in its row',
  'a small blob',
  'a blob of several segments',
  'a blob in chunks',
  'config',
  'layer',
  'manifest',
] as const;

/** What is so short that it has no file. */
const inRow: ReadonlySet<string> = new Set(['a blob in its row', 'config', 'manifest']);

async function push(): Promise<void> {
  const { oci, registry } = fronts;
  for (const size of [1_000, 20_000, 2_500_000]) {
    const bytes = seededBytes(`traced ${size}`, size);
    await oci.pushBlob(repository, { bytes, digest: digestOf(bytes), mediaType: '' });
  }
  const bytes = seededBytes('traced in chunks', 2_500_000);
  const session = await oci.beginUpload(repository);
  await oci.appendUpload(repository, session, { bytes: bytes.subarray(0, 1_200_000), offset: 0 });
  await oci.appendUpload(repository, session, { bytes: bytes.subarray(1_200_000), offset: 1_200_000 });
  await oci.finishUpload(repository, session, digestOf(bytes));
  const image = seededImage('traced', 1, 20_000);
  for (const blob of blobsOf(image)) await registry.pushBlob(repository, blob);
  await oci.putImage(repository, image, 'v1');
}

const isSync = ({ name }: SystemCall): boolean => name === 'fsync' || name === 'fdatasync';
const isWrite = ({ name, path }: SystemCall): boolean => /^p?writev?(64)?$/.test(name) && path.startsWith(data);
const isAnswer = ({ text }: SystemCall): boolean => text.includes('"HTTP/1.1 ');
const creates = ({ name, text }: SystemCall): boolean => name === 'openat' && text.includes('O_CREAT');
const wal = join(data, 'stowage.db-wal');
const isBlob = (path: string): boolean => dirname(dirname(path)) === join(data, 'blobs');
const endOfAll = (some: readonly SystemCall[]): number => Math.max(...some.map(({ ended }) => ended));

/** The calls between the answer before and this one: what a request did until it was answered with success. */
function requestsAnswered(status: string): { answer: SystemCall; work: SystemCall[] }[] {
  const answers = calls.filter(isAnswer);
  return answers
    .map((answer, index) => ({ answer, after: answers[index - 1]?.began ?? 0 }))
    .filter(({ answer }) => answer.text.includes(`HTTP/1.1 ${status}`))
    .map(({ answer, after }) => ({
      answer,
      work: calls.filter(({ began, ended }) => began > after && ended < answer.began),
    }));
}

/** The first sync of a path that begins after a line; its end, or Infinity where there is none. */
function syncedAfter(work: readonly SystemCall[], path: string, line: number): number {
  return work.find((call) => isSync(call) && call.path === path && call.began > line)?.ended ?? Infinity;
}

/** When the database's log was synced, after all that was written to it. */
function expectLogSynced(work: readonly SystemCall[]): { firstWrite: number } {
  const writes = work.filter((call) => isWrite(call) && call.path === wal);
  expect(writes.length).toBeGreaterThan(0);
  expect(syncedAfter(work, wal, endOfAll(writes))).toBeLessThan(Infinity);
  return { firstWrite: Math.min(...writes.map(({ began }) => began)) };
}

/** The bytes, then the name of the file, and of a folder that was made: all before the log is written. */
function expectBlobSynced(work: readonly SystemCall[], firstWrite: number): void {
  const writes = work.filter((call) => isWrite(call) && isBlob(call.path));
  const files = [...new Set(writes.map(({ path }) => path))];
  expect(files).toHaveLength(1);
  const file = files[0] ?? '';
  const created = calls.find((call) => creates(call) && call.text.includes(file));
  const made = calls.find(({ name, text }) => name.startsWith('mkdir') && text.includes(`"${dirname(file)}"`));
  const bytesSynced = syncedAfter(work, file, endOfAll(writes));
  const nameSynced = syncedAfter(calls, dirname(file), created?.ended ?? Infinity);
  const folderSynced = syncedAfter(calls, join(data, 'blobs'), made?.ended ?? Infinity);
  for (const synced of [bytesSynced, nameSynced, folderSynced]) expect(synced).toBeLessThan(firstWrite);
}

describe.skipIf(why !== undefined)('before the answer', () => {
  test.for(pushed.map((name, index) => ({ name, index })))('201 to $name', ({ name, index }) => {
    const answered = requestsAnswered('201');
    expect(answered).toHaveLength(pushed.length);
    const { work } = answered[index]!;
    const { firstWrite } = expectLogSynced(work);
    if (inRow.has(name)) expect(work.filter((call) => isWrite(call) && isBlob(call.path))).toEqual([]);
    else expectBlobSynced(work, firstWrite);
  });

  test('202 to a chunk that filled a segment, its bytes and the offset are synced', () => {
    const answered = requestsAnswered('202').filter(({ work }) => work.some(({ path }) => isBlob(path)));
    expect(answered).toHaveLength(2);
    for (const { work } of answered) expectBlobSynced(work, expectLogSynced(work).firstWrite);
  });

  test('the first greeting, all that a first start makes has its name synced in its folder', () => {
    const greeting = calls.find(({ text }) => text.includes('"Stowage '))?.began ?? 0;
    const work = calls.filter(({ ended }) => ended < greeting);
    const made = (path: string): number => work.find((call) => call.text.includes(`"${path}"`))?.ended ?? Infinity;
    for (const path of [dirname(data), data, join(data, 'blobs')]) {
      expect(syncedAfter(work, dirname(path), made(path)), path).toBeLessThan(Infinity);
    }
    for (const name of ['root-key', 'credentials']) {
      const file = join(data, `${name}.new`);
      const content = work.filter((call) => isWrite(call) && call.path === file);
      expect(syncedAfter(work, file, endOfAll(content)), name).toBeLessThan(Infinity);
      expect(syncedAfter(work, data, syncedAfter(work, file, 0)), name).toBeLessThan(Infinity);
    }
  });
});
