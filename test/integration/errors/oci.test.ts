/** Every code of the OCI front: reached here, or told why it cannot occur. */
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ociCodes, unreachedKinds } from '../../../scripts/reference/unreached-errors.ts';
import { errorTable } from '../../../src/domain/errors.ts';
import { manifestLimit } from '../../../src/domain/image/manifest.ts';
import { blobOf, startApp, type Answer, type RunningApp } from '../../support/app.ts';
import { ociCases, type OciRequest } from './oci-cases.ts';
import { damage, embeddedTest, isEmbedded, openWorld, type World } from './world.ts';

/** Every status and code that was answered while these tests ran. */
const seen = new Set<string>();

async function ask(app: RunningApp, { method, path, headers = {}, body }: OciRequest): Promise<Answer> {
  const length = body ? { 'content-length': String(body.length) } : {};
  return await app.ask(method, path, { authorization: app.authorization, ...headers, ...length }, body);
}

function readRefusal({ status, headers, body }: Answer): object {
  const { errors } = JSON.parse(body.toString()) as { errors: { code: string; message: string }[] };
  expect(errors).toHaveLength(1);
  expect(headers['content-type']).toBe('application/json; charset=utf-8');
  expect(headers['docker-distribution-api-version']).toBe('registry/2.0');
  expect(headers['x-stowage-message']).toBe(errors[0]?.message.slice(0, 1024));
  expect(typeof headers['www-authenticate']).toBe(status === 401 ? 'string' : 'undefined');
  seen.add(`${status} ${errors[0]?.code}`);
  return { status, ...errors[0] };
}

const refusalOf = async (app: RunningApp, request: OciRequest): Promise<object> => readRefusal(await ask(app, request));

const list = { method: 'GET', path: '/v2/errors/tags/list' };

let world: World;

describe('the OCI front', () => {
  beforeAll(async () => {
    world = await openWorld();
  });

  afterAll(async () => {
    await world?.app.close();
  });

  test.each(ociCases)('$status $code where $when', async ({ kind, status, code, message, ask }) => {
    const said = typeof message === 'function' ? message(world) : message;
    const wanted = said instanceof RegExp ? expect.stringMatching(said) : said;
    expect(await refusalOf(world.app, await ask(world))).toEqual({ status, code, message: wanted });
    if (kind !== undefined) expect(errorTable[kind].oci).toMatchObject({ status, code });
  });
});

describe('a registry that is unwell', () => {
  let app: RunningApp;

  afterAll(async () => {
    await app?.close();
  });

  embeddedTest('says that its storage is full', async () => {
    app = await startApp({ maxPages: 1, repositories: ['errors'] });
    const message = 'The storage of this registry is full. Nothing was changed; try again when there is room.';
    const push = async (number: number): Promise<Answer> => {
      const { bytes, digest } = blobOf(Buffer.from(`layer ${number}`));
      return await ask(app, { method: 'POST', path: `/v2/errors/blobs/uploads/?digest=${digest}`, body: bytes });
    };
    let answer = await push(0);
    for (let number = 1; answer.status === 201 && number < 2000; number += 1) answer = await push(number);
    expect(readRefusal(answer)).toEqual({ status: 503, code: 'UNKNOWN', message });
    await app.close();
  });

  test('asks to come back when it holds as many bytes of manifests as it may, and takes short ones', async () => {
    app = await startApp({ repositories: ['errors'] });
    const path = '/v2/errors/manifests/latest';
    const headers = { authorization: app.authorization, 'content-type': 'application/json' };
    const over = new AbortController();
    const begin = (): void => {
      const length = { 'content-length': String(manifestLimit) };
      const begun = request(app.url + path, { method: 'PUT', headers: { ...headers, ...length }, agent: false });
      begun.on('error', () => {
        // it is broken off in the end
      });
      // one that is refused because of the question below is begun again
      begun.once('response', () => {
        begun.destroy();
        if (!over.signal.aborted) begin();
      });
      over.signal.addEventListener('abort', () => begun.destroy());
      begun.write(Buffer.alloc(manifestLimit - 1));
    };
    for (let count = 0; count < 16; count += 1) begin();
    const put = async (size: number): Promise<object> =>
      await refusalOf(app, { method: 'PUT', path, headers, body: Buffer.alloc(size) });
    try {
      const busy = { status: 429, code: 'TOOMANYREQUESTS', message: 'Rate exceeded' };
      await vi.waitFor(async () => expect(await put(2_000_000)).toEqual(busy), { timeout: 30_000 });
      expect(await put(10_000)).toMatchObject({ status: 405 });
    } finally {
      over.abort();
    }
    await vi.waitFor(async () => expect(await put(2_000_000)).toMatchObject({ status: 405 }), { timeout: 30_000 });
    await app.close();
  });

  test('tells a login token that has expired, one of elsewhere, and one whose key is gone', async () => {
    app = await startApp({ repositories: ['errors'] });
    app.advance(13 * 60 * 60 * 1000);
    const expired = 'Your authorization token has expired. Reauthenticate and try again.';
    expect(await refusalOf(app, list)).toEqual({ status: 401, code: 'DENIED', message: expired });
    const foreign = 'Your Authorization Token is invalid. Another installation has issued it.';
    const elsewhere = { ...list, headers: { authorization: world.app.authorization } };
    expect(await refusalOf(app, elsewhere)).toEqual({ status: 401, code: 'UNAUTHORIZED', message: foreign });
    const authorization = await app.logIn();
    await app.admin('credentials.reset');
    const revoked = 'Your Authorization Token is invalid. The access key that it was made with is gone or inactive.';
    const again = { ...list, headers: { authorization } };
    expect(await refusalOf(app, again)).toEqual({ status: 401, code: 'UNAUTHORIZED', message: revoked });
  });

  test('names nothing of what is wrong with it', async () => {
    await damage(app, 'registry');
    const headers = { authorization: app.authorization };
    const message = 'The registry failed to answer; its log has the request id.';
    expect(await refusalOf(app, { ...list, headers })).toEqual({ status: 500, code: 'UNKNOWN', message });
  });
});

test('every code is reached with every status that it can have, or told why it cannot occur', () => {
  const told = Object.entries(ociCodes).flatMap(([code, one]) =>
    'statuses' in one ? one.statuses.map((status) => `${status} ${code}`) : [],
  );
  const other = isEmbedded ? ['503 UNAVAILABLE'] : ['503 UNAVAILABLE', '503 UNKNOWN'];
  expect([...seen, ...other].toSorted()).toEqual(told.toSorted());
});

test('every refusal of the registry is reached on the OCI front, or told why it cannot occur, and not both', () => {
  const kinds = ociCases.flatMap(({ kind }) => (kind === undefined ? [] : [kind]));
  const reached = new Set<string>([...kinds, 'storageFull', 'databaseUnavailable']);
  const told = unreachedKinds.filter(({ front }) => front === 'OCI').map(({ kind }) => kind);
  expect([...reached, ...told].toSorted()).toEqual(Object.keys(errorTable).toSorted());
});
