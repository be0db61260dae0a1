/** Names, digests, pages, ranges and credentials that are none, or only nearly. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callEcr, jsonRefusal, ociRefusal } from './fronts.ts';
import { head, sendRaw, type RawAnswer } from './raw.ts';
import { openSite, type Site } from './site.ts';

let site: Site;

beforeAll(async () => {
  site = await openSite();
});

afterAll(async () => {
  await site?.close();
});

/** Sends a target as it is written: URL parsers take `..` and `%2e` out of a path. */
async function ask(method: string, target: string, headers: readonly string[] = []): Promise<RawAnswer> {
  const { server, authorization } = site;
  const login = headers.some((one) => one.startsWith('Authorization')) ? [] : [`Authorization: ${authorization}`];
  const lines = [`${method} ${target} HTTP/1.1`, `Host: ${server.host}`, ...login, ...headers, 'Connection: close'];
  const { answers } = await sendRaw(server.port, head(lines));
  const [answer] = answers;
  if (!answer || answers.length > 1) throw new Error(`${answers.length} answers to ${target}`);
  return answer;
}

const asResponse = ({ status, headers, body }: RawAnswer): Response => new Response(body, { status, headers });
const refusalOf = async (method: string, target: string, headers?: readonly string[]) =>
  await ociRefusal(asResponse(await ask(method, target, headers)));

const digest = `sha256:${'a'.repeat(64)}`;

/** Each is a name in a path, as it is written there, and the same as a member of JSON. */
const names: [string, string?][] = [
  ['..'],
  ['../hostile'],
  ['hostile/..'],
  ['hostile/../hostile'],
  ['./hostile'],
  ['hostile/'],
  ['/hostile'],
  ['hostile//hostile'],
  ['%2e%2e/hostile', '../hostile'],
  ['%2e', '.'],
  ['%252e%252e', '%2e%2e'],
  ['hostile%2fhostile', 'hostile/hostile%2f'],
  ['hostile%00', 'hostile\0'],
  ['%c0%ae%c0%ae/hostile', '\u00c0\u00ae'],
  ['hostile%0d%0ax:%20y', 'hostile\r\nx: y'],
  ['%e2%80%ae', '\u202e'],
  ['h%C3%B6stile', 'höstile'],
  ['Hostile'],
  ['HOSTILE'],
  ['hostile\\'],
  ["hostile';--"],
  ['a'.repeat(257)],
  ['a'.repeat(300)],
  ['a'.repeat(8_000)],
  ['a-'.repeat(120)],
  ['a' + '/a'.repeat(200)],
  ['_hostile'],
  ['hostile.'],
  ['ho___stile'],
  ['a'],
];

describe('a name of a repository', () => {
  test.each(names)('is none: %s', async (inPath, inJson = inPath) => {
    await site.besieged(async () => {
      for (const [method, rest] of [
        ['GET', 'tags/list'],
        ['HEAD', 'manifests/good'],
        ['GET', `blobs/${digest}`],
        ['POST', 'blobs/uploads/'],
        ['PUT', 'manifests/good'],
        ['GET', `referrers/${digest}`],
        ['DELETE', 'manifests/good'],
      ] as const) {
        const target = `/v2/${inPath}/${rest}`;
        const { status, body } = await ask(method, target);
        expect(status, target).toBe(405);
        if (method !== 'HEAD') expect(body).toContain('"code":"UNSUPPORTED"');
      }
      for (const operation of ['CreateRepository', 'DeleteRepository', 'ListImages', 'InitiateLayerUpload']) {
        const refused = jsonRefusal(await callEcr(site, operation, { repositoryName: inJson }));
        expect([refused.status, refused.code]).toEqual([400, 'InvalidParameterException']);
      }
      const resourceArn = `arn:aws:ecr:eu-central-1:123456789012:repository/${inJson}`;
      expect(jsonRefusal(await callEcr(site, 'ListTagsForResource', { resourceArn })).code).toBe(
        'InvalidParameterException',
      );
      const mount = await ask('POST', `/v2/hostile/blobs/uploads/?mount=${digest}&from=${inPath}`, [
        'Content-Length: 0',
      ]);
      expect(mount.status).toBe(202);
    });
    await site.expectUnharmed();
  });
});

const digests = [
  `SHA256:${'a'.repeat(64)}`,
  `sha256:${'A'.repeat(64)}`,
  `sha256:${'a'.repeat(63)}`,
  `sha256:${'a'.repeat(65)}`,
  `sha256:${'g'.repeat(64)}`,
  `sha512:${'a'.repeat(64)}`,
  `sha1:${'a'.repeat(40)}`,
  `:${'a'.repeat(64)}`,
  'sha256:',
  `sha256::${'a'.repeat(63)}`,
  `sha256:..%2f..%2f${'a'.repeat(50)}`,
  `sha256:${'a'.repeat(63)}%00`,
  `sha256:${'a'.repeat(10_000)}`,
  `sha256:%ff${'a'.repeat(62)}`,
];

describe('a digest', () => {
  test.each(digests)('is none: %s', async (bad) => {
    const start = await site.registry.startUpload('hostile');
    const upload = new URL(start).pathname;
    await site.besieged(async () => {
      for (const [method, target] of [
        ['GET', `/v2/hostile/blobs/${bad}`],
        ['GET', `/v2/hostile/manifests/${bad}`],
        ['DELETE', `/v2/hostile/manifests/${bad}`],
        ['PUT', `/v2/hostile/manifests/${bad}`],
        ['GET', `/v2/hostile/referrers/${bad}`],
        ['PUT', `${upload}?digest=${bad}`],
        ['POST', `/v2/hostile/blobs/uploads/?digest=${bad}`],
      ] as const) {
        const { status, code } = await refusalOf(method, target);
        expect([status, code], target).toEqual([400, 'DIGEST_INVALID']);
      }
      const { status, code } = jsonRefusal(
        await callEcr(site, 'GetDownloadUrlForLayer', {
          repositoryName: 'hostile',
          layerDigest: bad.replace('%00', '\0'),
        }),
      );
      // ECR's own pattern is looser: what fits it is a layer that is not there
      expect([status, code]).toEqual([
        400,
        expect.stringMatching(/^(InvalidParameter|LayersNotFound|LayerInaccessible)Exception$/),
      ]);
    });
    await site.expectUnharmed();
  });

  test('of sha512 that is whole is only not there', async () => {
    expect(await refusalOf('GET', `/v2/hostile/blobs/sha512:${'a'.repeat(128)}`)).toMatchObject({
      status: 404,
      code: 'BLOB_UNKNOWN',
    });
  });
});

describe('a tag or an upload', () => {
  test.each([
    ['.hidden'],
    ['-x'],
    ['a'.repeat(129)],
    ['a+b'],
    ['%00'],
    ['h%C3%B6'],
    ['%zz'],
    ['a%2Fb'],
    ['..'],
    ['%2e%2e'],
  ])('is none: %s', async (tag) => {
    expect(await refusalOf('GET', `/v2/hostile/manifests/${tag}`)).toMatchObject({
      status: 404,
      code: 'MANIFEST_UNKNOWN',
    });
    expect(await refusalOf('PUT', `/v2/hostile/manifests/${tag}`)).toMatchObject({ status: 400, code: 'TAG_INVALID' });
    expect(await refusalOf('PATCH', `/v2/hostile/blobs/uploads/${tag}`)).toMatchObject({
      status: 404,
      code: 'BLOB_UPLOAD_UNKNOWN',
    });
    const imageTag = decodeURIComponent(tag.replace('%zz', '%25zz'));
    const input = { repositoryName: 'hostile', imageTag, imageManifest: site.image.manifest.toString() };
    expect(jsonRefusal(await callEcr(site, 'PutImage', input)).code).toBe('InvalidParameterException');
    await site.expectUnharmed();
  });

  test('is one of a hundred and one', async () => {
    const tags = Array.from({ length: 101 }, (_, n) => `tag=t${n}`).join('&');
    expect(await refusalOf('PUT', `/v2/hostile/manifests/${site.image.digest}?${tags}`)).toMatchObject({
      status: 400,
      code: 'TAG_INVALID',
    });
  });
});

describe('a page', () => {
  test.each([
    '1000000000',
    '1001',
    '0',
    '-1',
    '-0',
    '1e3',
    '0x10',
    '1.5',
    'NaN',
    'Infinity',
    '9'.repeat(400),
    '%00',
    '%20',
    '1%0a',
  ])('of n=%s is none', async (n) => {
    for (const target of ['/v2/_catalog', '/v2/hostile/tags/list'])
      expect(await refusalOf('GET', `${target}?n=${n}`)).toMatchObject({ status: 405, code: 'UNSUPPORTED' });
  });

  test.each([1e9, 1001, 0, -1, 1.5, '10', 1e308, true, [1], 2 ** 31])(
    'of maxResults %j is none',
    async (maxResults) => {
      for (const [operation, input] of [
        ['DescribeRepositories', {}],
        ['ListImages', { repositoryName: 'hostile' }],
      ] as const) {
        const refused = jsonRefusal(await callEcr(site, operation, { ...input, maxResults }));
        expect([refused.status, refused.code]).toEqual([
          400,
          expect.stringMatching(/^(InvalidParameter|Serialization)Exception$/),
        ]);
      }
    },
  );

  test('may come after anything that is text', async () => {
    for (const last of ['%00', 'zzz', '%ff%fe', '%27;--', 'a'.repeat(10_000), '%f0%9f%98%80']) {
      const { status } = await ask('GET', `/v2/hostile/tags/list?n=5&last=${last}`);
      expect(status, last).toBe(200);
      expect((await ask('GET', `/v2/_catalog?last=${last}`)).status, last).toBe(200);
    }
    for (const nextToken of ['', 'x', 'a.b', '\0', 'QUJD.'.repeat(10_000), '\ud800']) {
      const refused = jsonRefusal(await callEcr(site, 'DescribeRepositories', { nextToken }));
      expect([refused.status, refused.code]).toEqual([400, 'InvalidParameterException']);
    }
    await site.expectUnharmed();
  });
});

describe('a range of a layer', () => {
  test.each([
    ['bytes=-0', 416],
    ['bytes=999999999-', 416],
    ['bytes=99999999999999999999999999999999-', 416],
    ['bytes=0-0,1-1', 200],
    [`bytes=${Array.from({ length: 1_000 }, (_, n) => `${n}-${n}`).join(',')}`, 200],
    ['bytes=5-2', 200],
    ['bytes=--5', 200],
    ['bytes=0-0,-1,0-', 200],
    ['bytes=1e1-', 200],
    ['lines=0-1', 200],
    [`bytes=${' '.repeat(5_000)}0-1`, 200],
  ])('%s: %d', async (range, wanted) => {
    const layer = site.image.layers[0];
    if (!layer) throw new Error('the image has no layer');
    const { status, body, headers } = await ask('GET', `/v2/hostile/blobs/${layer.digest}`, [`Range: ${range}`]);
    expect(status).toBe(wanted);
    if (wanted === 200) expect(Buffer.from(body, 'latin1').equals(layer.bytes)).toBe(true);
    else expect([body, headers['content-range']]).toEqual(['', `bytes */${layer.bytes.length}`]);
  });

  test.each(['5-2', 'bytes 0-0-0/*', '0-99999999999999999999', '-5--1', '1e1-2', '0-0,1-1', 'x'])(
    'of an upload is none: %s',
    async (range) => {
      const upload = new URL(await site.registry.startUpload('hostile')).pathname;
      for (const target of [upload, `${upload}?digest=${digest}`]) {
        const headers = [`Content-Range: ${range}`, 'Content-Length: 0'];
        const method = target === upload ? 'PATCH' : 'PUT';
        // a PUT without a body has nothing that could lie anywhere
        if (method === 'PATCH')
          expect(await refusalOf(method, target, headers)).toMatchObject({ status: 400, code: 'BLOB_UPLOAD_INVALID' });
        else expect((await ask(method, target, headers)).status).toBe(400);
      }
    },
  );
});

describe('a password', () => {
  const basic = (text: string | Buffer): string => `Basic ${Buffer.from(text).toString('base64')}`;

  test.each([
    ['of 3,000 bytes', basic(`AWS:${'x'.repeat(3_000)}`)],
    ['of 10,000 bytes', basic(`AWS:${'x'.repeat(7_000)}`)],
    ['with U+0000', basic('AWS:LT1.a.b\0.c')],
    ['that is no base64', 'Basic ****'],
    ['without a user', basic(':LT1.a.b.c')],
    ['of another user', basic('root:LT1.a.b.c')],
    ['of bytes that are no text', basic(Buffer.from([0x41, 0x57, 0x53, 0x3a, 0xff, 0xfe]))],
    ['of dots', basic(`AWS:${'.'.repeat(150)}`)],
    ['that is empty', 'Basic '],
    ['of no scheme', 'LT1.a.b.c'],
    ['of another scheme', 'Digest username="AWS"'],
    ['as a bearer', `Bearer ${'LT1.'.repeat(20)}`],
    ['with bytes over 127', 'Basic \xff\xfe'],
  ])('%s is refused', async (_, value) => {
    const { status, headers, body } = await ask('GET', '/v2/', [`Authorization: ${value}`]);
    expect([status, body]).toEqual([401, expect.stringContaining('"code":"UNAUTHORIZED"')]);
    expect(headers['www-authenticate']).toBe(`Basic realm="${site.server.url}/",service="ecr.amazonaws.com"`);
  });

  test('that is refused is not told back', async () => {
    const { body } = await ask('GET', '/v2/', [`Authorization: ${basic('AWS:a-secret-of-somebody')}`]);
    expect(body).not.toContain('somebody');
    await site.expectUnharmed();
  });
});
