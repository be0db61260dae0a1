/** Requests that are not, or hardly, HTTP: each is answered 4xx or cut off, and none is taken for two. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seededBytes } from '../../support/images.ts';
import { until } from '../../support/process.ts';
import { head, sendRaw, type RawOptions } from './raw.ts';
import { openSite, type Site } from './site.ts';

let site: Site;

beforeAll(async () => {
  site = await openSite();
});

afterAll(async () => {
  await site?.close();
});

/** Lines of a head; `host` and `login` stand for those of the site. */
const lines = (...given: readonly string[]): string =>
  head(given)
    .replaceAll('HOST', `Host: ${site.server.host}`)
    .replaceAll('LOGIN', `Authorization: ${site.authorization}`);

interface Shape {
  readonly name: string;
  readonly bytes: () => string | readonly string[];
  /** Statuses of all answers; none where the connection is closed without a word. */
  readonly statuses: readonly number[];
  /** The client is not done sending when it is answered, and may see the connection closed before it reads that. */
  readonly mayBeCutOff?: boolean;
  readonly options?: RawOptions;
}

/** What a server that misread the length of the body would answer as a request of its own. */
const smuggled = head(['GET /healthz HTTP/1.1', 'Host: smuggled']);
const post = ['POST /v2/hostile/blobs/uploads/ HTTP/1.1', 'HOST', 'LOGIN'];
const put = ['PUT /v2/hostile/manifests/shape HTTP/1.1', 'HOST', 'LOGIN'];
const get = ['GET /v2/ HTTP/1.1', 'HOST', 'LOGIN'];
const close = 'Connection: close';
const manyHeaders = (count: number): string => Array.from({ length: count }, (_, n) => `X-${n}: a`).join('\r\n');
const hundredMegabytes = Array.from({ length: 100 }, () => '0'.repeat(1_000_000));

const lengths: Shape[] = [
  [[...post, 'Content-Length: 4', 'Transfer-Encoding: chunked'], '0\r\n\r\n'],
  [[...post, 'Transfer-Encoding: chunked', 'Content-Length: 4'], '0\r\n\r\n'],
  [[...post, 'Content-Length: 0', 'Content-Length: 44'], ''],
  [[...post, 'Content-Length: 0', 'Content-Length: 0'], ''],
  [[...post, 'Content-Length: 0, 0'], ''],
  [[...post, 'Content-Length: +0'], ''],
  [[...post, 'Content-Length: -1'], ''],
  [[...post, 'Content-Length: 0x0'], ''],
  [[...post, 'Content-Length: 99999999999999999999999'], ''],
  [[...post, 'Content-Length : 0'], ''],
  [[...post, 'Transfer-Encoding: xchunked'], '0\r\n\r\n'],
  [[...post, 'Transfer-Encoding: chunked, identity'], '0\r\n\r\n'],
  [[...post, 'Transfer-Encoding : chunked'], '0\r\n\r\n'],
  [[...post, 'Transfer-Encoding: \x0bchunked'], '0\r\n\r\n'],
  [[...put, 'Transfer-Encoding: chunked'], 'zz\r\nabc\r\n0\r\n\r\n'],
  [[...put, 'Transfer-Encoding: chunked'], '3\r\nabc\r\n-1\r\n0\r\n\r\n'],
  [[...put, 'Transfer-Encoding: chunked'], 'fffffffffffffffff\r\nabc\r\n0\r\n\r\n'],
  [[...put, 'Transfer-Encoding: chunked'], '3\nabc\n0\n\n'],
  [[...put, 'Transfer-Encoding: chunked'], `3;${'x'.repeat(20_000)}\r\nabc\r\n0\r\n\r\n`],
].map(([given, body]) => ({
  name: `${(given as string[]).slice(3).join(', ')} ${JSON.stringify(body).slice(0, 32)}`,
  bytes: () => [lines(...(given as string[])) + (body as string) + smuggled],
  statuses: [400],
}));

const heads: Shape[] = [
  { name: 'a header folded over two lines', bytes: () => lines(...get, 'X-Fold: a', ' b'), statuses: [400] },
  { name: 'a folded header before the first', bytes: () => lines('GET / HTTP/1.1', ' X: y', 'HOST'), statuses: [400] },
  { name: 'U+0000 in a header', bytes: () => lines(...get, 'X-Nul: a\0b'), statuses: [400] },
  { name: 'U+0000 in the target', bytes: () => lines('GET /v2/\0 HTTP/1.1', 'HOST'), statuses: [400] },
  { name: 'half an end of a line', bytes: () => lines(...get, 'X: a\rY: b'), statuses: [400] },
  { name: 'other ends of lines', bytes: () => lines(...get, close).replaceAll('\r\n', '\n'), statuses: [400] },
  { name: 'a target with bytes over 127', bytes: () => lines('GET /v2/h\xe9 HTTP/1.1', 'HOST'), statuses: [400] },
  { name: 'no host', bytes: () => lines('GET /v2/ HTTP/1.1', 'LOGIN', close), statuses: [400] },
  { name: 'two hosts', bytes: () => lines(...get, 'Host: elsewhere'), statuses: [400] },
  {
    name: 'another host in its target',
    bytes: () => lines('GET http://elsewhere/v2/ HTTP/1.1', 'HOST', 'LOGIN'),
    statuses: [400],
  },
  {
    name: 'its own host in its target',
    bytes: () => lines(`GET http://${site.server.host}/v2/ HTTP/1.1`, 'HOST', 'LOGIN', close),
    statuses: [200],
  },
  { name: 'a star for a target', bytes: () => lines('OPTIONS * HTTP/1.1', 'HOST', 'LOGIN'), statuses: [400] },
  { name: 'a tunnel asked for', bytes: () => lines('CONNECT example.com:443 HTTP/1.1', 'HOST', 'LOGIN'), statuses: [] },
  { name: 'the greeting of HTTP/2', bytes: () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', statuses: [400] },
  { name: 'an unknown method', bytes: () => lines('FETCH /v2/ HTTP/1.1', 'HOST', 'LOGIN'), statuses: [400] },
  { name: 'a method of WebDAV', bytes: () => lines('PROPFIND /v2/ HTTP/1.1', 'HOST', 'LOGIN', close), statuses: [405] },
  {
    name: 'a request line of 1 MB',
    bytes: () => lines(`GET /v2/${'a'.repeat(1_000_000)} HTTP/1.1`, 'HOST'),
    statuses: [431],
  },
  {
    name: 'a page after 1 MB of text',
    bytes: () => lines(`GET /v2/_catalog?last=${'a'.repeat(1_000_000)} HTTP/1.1`, 'HOST', 'LOGIN'),
    statuses: [431],
  },
  { name: 'a header of 1 MB', bytes: () => lines(...get, `X: ${'a'.repeat(1_000_000)}`), statuses: [431] },
  {
    name: 'a password of 1 MB',
    bytes: () => lines('GET /v2/ HTTP/1.1', 'HOST', `Authorization: Basic ${'QVdT'.repeat(250_000)}`),
    statuses: [431],
  },
  {
    name: '100,000 headers',
    bytes: () => lines(...get, manyHeaders(100_000)),
    statuses: [431],
  },
  {
    name: '300 headers',
    bytes: () => lines(...get, manyHeaders(300)),
    statuses: [431],
  },
  {
    name: '10,000 ranges',
    bytes: () =>
      lines(
        `GET /v2/hostile/blobs/${site.image.config?.digest} HTTP/1.1`,
        'HOST',
        'LOGIN',
        `Range: bytes=${'0-0,1-1,'.repeat(5_000)}`,
      ),
    statuses: [431],
  },
  {
    name: 'another protocol offered',
    bytes: () =>
      lines(...get, 'Connection: Upgrade, close', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA'),
    statuses: [200],
  },
  {
    name: 'an expectation that is none',
    bytes: () => `${lines(...put, 'Expect: everything', 'Content-Length: 3', close)}abc`,
    statuses: [417],
  },
];

const bodies: Shape[] = [
  {
    name: 'a manifest that ends early',
    bytes: () => `${lines(...put, 'Content-Length: 300')}abc`,
    statuses: [400],
    options: { end: true },
  },
  {
    name: 'a manifest that breaks off',
    bytes: () => `${lines(...put, 'Content-Length: 300')}abc`,
    statuses: [],
    options: { breakOffAfter: 100 },
  },
  {
    name: 'a manifest longer than announced',
    bytes: () => `${lines(...put, 'Content-Length: 3')}abcdefghijk\r\n\r\n`,
    statuses: [400],
  },
  {
    name: 'a manifest of 5 MB that waits to be asked for',
    bytes: () => lines(...put, 'Expect: 100-continue', 'Content-Length: 5000000', close),
    statuses: [100, 413],
  },
  {
    name: 'a form that ends early',
    bytes: () =>
      `${lines('POST / HTTP/1.1', 'HOST', 'Content-Type: application/x-www-form-urlencoded', 'Content-Length: 300')}Action=`,
    statuses: [400],
    options: { end: true },
  },
  {
    name: 'a body of 100 MB for an API call that is not signed',
    bytes: () => [
      lines(
        'POST / HTTP/1.1',
        'HOST',
        'X-Amz-Target: AmazonEC2ContainerRegistry_V20150921.UploadLayerPart',
        'Content-Length: 100000000',
      ),
      ...hundredMegabytes,
    ],
    statuses: [400],
    mayBeCutOff: true,
  },
  {
    name: 'a form of 100 MB that is not signed',
    bytes: () => [
      lines('POST / HTTP/1.1', 'HOST', 'Content-Type: application/x-www-form-urlencoded', 'Content-Length: 100000000'),
      ...hundredMegabytes,
    ],
    statuses: [413],
    mayBeCutOff: true,
  },
];

describe('bytes on a connection', () => {
  test.each([...lengths, ...heads, ...bodies])(
    '$name: $statuses',
    async ({ bytes, statuses, mayBeCutOff, options }) => {
      await site.besieged(async () => {
        const { answers, text } = await sendRaw(site.server.port, bytes(), options);
        const seen = answers.map(({ status }) => status);
        if (mayBeCutOff !== true || seen.length > 0) expect(seen, text.slice(0, 1000)).toEqual(statuses);
        expect(text).not.toMatch(/\bat \S+ \(?\S+:\d+:\d+\)?|node:|\.ts\b/);
      });
      await site.expectUnharmed();
    },
  );

  test('a hundred requests in one piece are answered one after another', async () => {
    const many = `${lines(...get).repeat(99)}${lines(...get, close)}`;
    const { answers } = await sendRaw(site.server.port, many);
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 100 }, () => 200));
  });

  test.each([
    ['ends early', 'x'.repeat(1_500_000), 'Content-Length: 3000000', { end: true }],
    ['breaks off', 'x'.repeat(1_500_000), 'Content-Length: 3000000', { breakOffAfter: 300 }],
    ['has a chunk that is none', `16e360\r\n${'x'.repeat(1_500_000)}\r\nzz\r\n`, 'Transfer-Encoding: chunked', {}],
  ])('an upload that %s keeps what has come, and can be ended', async (_, body, length, options) => {
    const { registry, server } = site;
    const session = new URL(await registry.startUpload('hostile'));
    const { answers } = await sendRaw(
      server.port,
      `${lines(`PATCH ${session.pathname} HTTP/1.1`, 'HOST', 'LOGIN', length)}${body}`,
      options,
    );
    expect(answers.every(({ status }) => status === 400)).toBe(true);
    await until('the bytes that have come are kept', async () => {
      const place = await registry.send('GET', session.href);
      expect(place.status).toBe(204);
      return place.headers.get('range') === '0-1499999' ? true : undefined;
    });
    const other = seededBytes('not what was announced', 10);
    const wrong = await registry.finishUpload(session.href, `sha256:${'a'.repeat(64)}`, other);
    expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining('DIGEST_INVALID')]);
    await site.expectUnharmed();
  });
});
