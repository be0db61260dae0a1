import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blobOf, startApp, type RunningApp } from '../support/app.ts';
import { seededBytes } from '../support/images.ts';

const mebi = 1024 * 1024;

let app: RunningApp;

beforeAll(async () => {
  app = await startApp({ repositories: ['team/app', 'team/other'] });
});

afterAll(async () => {
  await app.close();
});

const bytesOf = (bytes: Buffer): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

async function stored(digest: string, repository = 'team/app'): Promise<Buffer | undefined> {
  const response = await app.registry.getBlob(repository, digest);
  const body = Buffer.from(await response.arrayBuffer());
  return response.status === 200 ? body : undefined;
}

const sha512 = (bytes: Buffer): string => `sha512:${createHash('sha512').update(bytes).digest('hex')}`;

async function codeOf(response: Response): Promise<string | undefined> {
  const body = (await response.json()) as { errors: { code: string }[] };
  return body.errors[0]?.code;
}

describe('an upload', () => {
  test('of one POST with ?digest= is stored', async () => {
    const { bytes, digest } = blobOf(seededBytes('post', 3000));
    const response = await app.registry.send('POST', `/v2/team/app/blobs/uploads/?digest=${digest}`, {
      body: bytesOf(bytes),
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe(`${app.url}/v2/team/app/blobs/${digest}`);
    expect(response.headers.get('docker-content-digest')).toBe(digest);
    expect(await stored(digest)).toEqual(bytes);
  });

  test('begins with 202, an absolute Location, its id and nothing received', async () => {
    const response = await app.registry.send('POST', '/v2/team/app/blobs/uploads/');
    expect(response.status).toBe(202);
    const id = response.headers.get('docker-upload-uuid');
    expect(response.headers.get('location')).toBe(`${app.url}/v2/team/app/blobs/uploads/${id}`);
    expect(response.headers.get('range')).toBe('0-0');
  });

  test('streamed by one PATCH without Content-Range is stored by a PUT without a body', async () => {
    const { bytes, digest } = blobOf(seededBytes('streamed', 2 * mebi + 17));
    const session = await app.registry.startUpload('team/app');
    const stream = new Blob([bytesOf(bytes)]).stream();
    const patch = await app.registry.send('PATCH', session, { body: stream, duplex: 'half' });
    expect(patch.status).toBe(202);
    expect(patch.headers.get('range')).toBe(`0-${bytes.length - 1}`);
    expect((await app.registry.finishUpload(session, digest)).status).toBe(201);
    expect(await stored(digest)).toEqual(bytes);
  });

  test('in chunks with Content-Range tells after each how far it is', async () => {
    const { bytes, digest } = blobOf(seededBytes('chunks', 3 * mebi));
    const session = await app.registry.startUpload('team/app');
    const ends = [1, mebi - 1, mebi + 1, 3 * mebi];
    let start = 0;
    for (const end of ends) {
      await app.registry.sendChunk(session, bytes.subarray(start, end), start);
      const status = await app.registry.send('GET', session);
      expect(status.status).toBe(204);
      expect(status.headers.get('range')).toBe(`0-${end - 1}`);
      start = end;
    }
    expect((await app.registry.finishUpload(session, digest)).status).toBe(201);
    expect(await stored(digest)).toEqual(bytes);
  });

  test('takes the last chunk with the PUT', async () => {
    const { bytes, digest } = blobOf(seededBytes('last chunk', 5000));
    const session = await app.registry.startUpload('team/app');
    await app.registry.sendChunk(session, bytes.subarray(0, 2000), 0);
    expect((await app.registry.finishUpload(session, digest, bytes.subarray(2000))).status).toBe(201);
    expect(await stored(digest)).toEqual(bytes);
  });

  test('refuses a last chunk that does not begin where it stands, and goes on then', async () => {
    const { bytes, digest } = blobOf(seededBytes('last chunk out of order', 5000));
    const session = await app.registry.startUpload('team/app');
    await app.registry.sendChunk(session, bytes.subarray(0, 2000), 0);
    const target = `${session}?digest=${digest}`;
    const early = await app.registry.send('PUT', target, {
      headers: { 'content-range': '3000-4999' },
      body: bytesOf(bytes.subarray(3000)),
    });
    expect(early.status).toBe(416);
    expect(early.headers.get('location')).toBe(session);
    expect(early.headers.get('range')).toBe('0-1999');
    expect((await app.registry.finishUpload(session, digest, bytes.subarray(2000))).status).toBe(201);
  });

  test.each([
    ['too far', '10-19', 10],
    ['too early', '0-9', 10],
  ])('refuses a chunk that begins %s with 416, Location and Range', async (_name, range, length) => {
    const session = await app.registry.startUpload('team/app');
    await app.registry.sendChunk(session, Buffer.alloc(5, 'a'), 0);
    const response = await app.registry.send('PATCH', session, {
      headers: { 'content-range': range },
      body: bytesOf(Buffer.alloc(length, 'b')),
    });
    expect(response.status).toBe(416);
    expect(response.headers.get('location')).toBe(session);
    expect(response.headers.get('range')).toBe('0-4');
  });

  test('refuses a chunk of another length than its Content-Range says and keeps nothing of it', async () => {
    const session = await app.registry.startUpload('team/app');
    const response = await app.registry.send('PATCH', session, {
      headers: { 'content-range': '0-9' },
      body: bytesOf(Buffer.alloc(7)),
    });
    expect(response.status).toBe(400);
    expect(await codeOf(response)).toBe('SIZE_INVALID');
    const { bytes, digest } = blobOf(Buffer.from('something else'));
    expect((await app.registry.finishUpload(session, digest, bytes)).status).toBe(201);
  });

  test.each([3000, 2 * mebi + 3000])('that broke off after %i bytes goes on where the status says', async (cut) => {
    const { bytes, digest } = blobOf(seededBytes(`broken ${cut}`, cut + 5000));
    const session = await app.registry.startUpload('team/app');
    await breakOff(session, bytes.subarray(0, cut), bytes.length);
    // the server may still be writing what came: a chunk at the wrong place waits for that and is told the right one
    const probe = await app.registry.send('PATCH', session, {
      headers: { 'content-range': `${bytes.length}-${bytes.length}` },
      body: bytesOf(Buffer.alloc(1)),
    });
    expect(probe.status).toBe(416);
    const status = await app.registry.send('GET', session);
    const range = status.headers.get('range') ?? '';
    expect(range).toBe(probe.headers.get('range'));
    const offset = Number(range.split('-')[1]) + 1;
    expect(offset).toBeLessThanOrEqual(cut);
    expect(offset).toBeGreaterThan(1);
    await app.registry.sendChunk(session, bytes.subarray(offset), offset);
    expect((await app.registry.finishUpload(session, digest)).status).toBe(201);
    expect(await stored(digest)).toEqual(bytes);
  });

  test('takes a sha512 digest, and the layer is read by it', async () => {
    const bytes = seededBytes('sha512', mebi + 5);
    const digest = sha512(bytes);
    const session = await app.registry.startUpload('team/app');
    await app.registry.sendChunk(session, bytes, 0);
    const response = await app.registry.finishUpload(session, digest);
    expect(response.status).toBe(201);
    expect(response.headers.get('docker-content-digest')).toBe(digest);
    expect(await stored(digest)).toEqual(bytes);
    expect(await stored(blobOf(bytes).digest)).toBeUndefined();
  });

  test.each([500, mebi + 500])('of %i bytes survives a wrong digest', async (size) => {
    const { bytes, digest } = blobOf(seededBytes(`wrong digest ${size}`, size));
    const wrong = blobOf(Buffer.from('other bytes')).digest;
    const session = await app.registry.startUpload('team/app');
    await app.registry.sendChunk(session, bytes.subarray(0, 100), 0);
    const refused = await app.registry.finishUpload(session, wrong, bytes.subarray(100));
    expect(refused.status).toBe(400);
    expect(await codeOf(refused)).toBe('DIGEST_INVALID');
    expect(await stored(wrong)).toBeUndefined();
    expect((await app.registry.finishUpload(session, digest, bytes.subarray(100))).status).toBe(201);
    expect(await stored(digest)).toEqual(bytes);
  });

  test('that is cancelled is unknown then', async () => {
    const session = await app.registry.startUpload('team/app');
    await app.registry.sendChunk(session, seededBytes('cancelled', 2 * mebi), 0);
    expect((await app.registry.send('DELETE', session)).status).toBe(204);
    for (const method of ['GET', 'DELETE', 'PATCH']) {
      const response = await app.registry.send(method, session);
      expect(response.status).toBe(404);
      expect(await codeOf(response)).toBe('BLOB_UPLOAD_UNKNOWN');
    }
  });

  test('that is finished is unknown then', async () => {
    const { bytes, digest } = blobOf(Buffer.from('finished once'));
    const session = await app.registry.startUpload('team/app');
    expect((await app.registry.finishUpload(session, digest, bytes)).status).toBe(201);
    expect((await app.registry.finishUpload(session, digest, bytes)).status).toBe(404);
  });

  test('of nothing is an empty layer', async () => {
    const { digest } = blobOf(Buffer.alloc(0));
    const session = await app.registry.startUpload('team/app');
    expect((await app.registry.finishUpload(session, digest)).status).toBe(201);
    expect(await stored(digest)).toEqual(Buffer.alloc(0));
    const head = await app.registry.send('HEAD', `/v2/team/app/blobs/${digest}`);
    expect(head.headers.get('content-length')).toBe('0');
  });

  test('takes one of two chunks for the same place that come at once', async () => {
    const { bytes, digest } = blobOf(seededBytes('at once', 2 * mebi));
    const session = await app.registry.startUpload('team/app');
    const send = async () =>
      await app.registry.send('PATCH', session, {
        headers: { 'content-range': `0-${bytes.length - 1}` },
        body: bytesOf(bytes),
      });
    const statuses = (await Promise.all([send(), send()])).map((response) => response.status);
    expect(new Set(statuses)).toEqual(new Set([202, 416]));
    expect((await app.registry.finishUpload(session, digest)).status).toBe(201);
    expect(await stored(digest)).toEqual(bytes);
  });

  test('appends two streams that come at once one after the other', async () => {
    const pieces = ['a', 'b'].map((letter) => Buffer.alloc(mebi + 7, letter));
    const session = await app.registry.startUpload('team/app');
    const sent = pieces.map(async (piece) => await app.registry.send('PATCH', session, { body: bytesOf(piece) }));
    const ranges = (await Promise.all(sent)).map((response) => response.headers.get('range'));
    expect(new Set(ranges)).toEqual(new Set([`0-${mebi + 6}`, `0-${2 * mebi + 13}`]));
    const orders = [Buffer.concat(pieces), Buffer.concat([...pieces].reverse())].map((bytes) => blobOf(bytes).digest);
    const statuses: number[] = [];
    for (const digest of orders) statuses.push((await app.registry.finishUpload(session, digest)).status);
    expect(statuses).toContain(201);
  });

  test('is not known in another repository', async () => {
    const session = new URL(await app.registry.startUpload('team/app'));
    const elsewhere = session.pathname.replace('team/app', 'team/other');
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      expect((await app.registry.send(method, elsewhere)).status).toBe(404);
    }
    expect((await app.registry.send('GET', session.href)).status).toBe(204);
  });

  test('of a layer that the repository has already is answered 201 again', async () => {
    const { bytes, digest } = blobOf(Buffer.from('pushed twice'));
    for (let i = 0; i < 2; i++) {
      const session = await app.registry.startUpload('team/app');
      expect((await app.registry.finishUpload(session, digest, bytes)).status).toBe(201);
    }
    expect(await stored(digest)).toEqual(bytes);
  });

  test('of one layer to one repository by several clients at once succeeds for all of them', async () => {
    const { bytes, digest } = blobOf(seededBytes('raced', mebi + 3));
    const push = async (repository: string): Promise<number> => {
      const session = await app.registry.startUpload(repository);
      return (await app.registry.finishUpload(session, digest, bytes)).status;
    };
    const statuses = await Promise.all(['team/app', 'team/other', 'team/app', 'team/other'].map(push));
    expect(statuses).toEqual([201, 201, 201, 201]);
    expect(await stored(digest)).toEqual(bytes);
    expect(await stored(digest, 'team/other')).toEqual(bytes);
  });
});

test.each([5000, 2 * mebi + 5000])('an upload goes on at byte %i after a restart', async (cut) => {
  const { bytes, digest } = blobOf(seededBytes(`restart ${cut}`, cut + mebi));
  const session = await app.registry.startUpload('team/app');
  await app.registry.sendChunk(session, bytes.subarray(0, cut), 0);
  await app.restart();
  const status = await app.registry.send('GET', session);
  expect(status.headers.get('range')).toBe(`0-${cut - 1}`);
  await app.registry.sendChunk(session, bytes.subarray(cut), cut);
  expect((await app.registry.finishUpload(session, digest)).status).toBe(201);
  expect(await stored(digest)).toEqual(bytes);
});

/** A PATCH that announces `length` bytes, sends fewer, and closes the connection. */
async function breakOff(session: string, sent: Buffer, length: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const headers = { authorization: app.authorization, 'content-length': length };
    const broken = request(session, { method: 'PATCH', headers, agent: false });
    broken.on('error', () => undefined);
    broken.on('close', resolve);
    broken.write(sent, () => {
      setTimeout(() => broken.destroy(), 100);
    });
  });
}
