/** Manifests that nobody should be able to push, on both fronts. */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf, imageOver, mediaTypes } from '../../support/images.ts';
import { account } from '../../support/stowage.ts';
import { callEcr, jsonRefusal, ociRefusal } from './fronts.ts';
import { openSite, type Site } from './site.ts';

let site: Site;

beforeAll(async () => {
  site = await openSite();
});

afterAll(async () => {
  await site?.close();
});

type Members = Record<string, unknown> & { config: Descriptor; layers: Descriptor[] };
type Descriptor = Record<string, unknown> & { digest: string; size: number };

/** The manifest of the site's image, one that is good, with members changed. */
const changed = (change: (members: Members) => object): string => {
  const members = JSON.parse(site.image.manifest.toString()) as Members;
  return JSON.stringify(change(members));
};
const withLayer = (more: object): string =>
  changed((members) => ({ ...members, layers: members.layers.map((layer) => ({ ...layer, ...more })) }));
const nested = (text: string, depth: number, [open, end]: [string, string]): string =>
  text.replace('{', `{"annotations":${open.repeat(depth)}1${end.repeat(depth)},`);

const padded = (bytes: number): string => {
  const short = changed((members) => ({ ...members, annotations: { filler: '' } }));
  return short.replace('"filler":"', `"filler":"${'x'.repeat(bytes - short.length)}`);
};

const invalidJson = "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'";
const badSize = /^Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'The size of 'sha256:/;
const tooLong =
  "Invalid parameter at 'imageManifest' failed to satisfy constraint: 'Member must have length less than or equal to 4194304'";

interface Row {
  readonly name: string;
  readonly body: () => string;
  /** As on both fronts where ECR cannot read a manifest, if nothing else is said. */
  readonly oci?: readonly [status: number, code: string];
  readonly api?: string;
  readonly message?: string | RegExp;
}

const rows: Row[] = [
  { name: '4 MiB and one byte', body: () => padded(4_194_305), oci: [413, 'SIZE_INVALID'], message: tooLong },
  { name: 'of 4 MiB of brackets', body: () => '['.repeat(4_194_304) },
  {
    name: 'nested 10,000 lists deep',
    body: () =>
      nested(
        changed((all) => all),
        10_000,
        ['[', ']'],
      ),
  },
  {
    name: 'nested 10,000 objects deep',
    body: () =>
      nested(
        changed((all) => all),
        10_000,
        ['{"a":', '}'],
      ),
  },
  { name: 'with two lists of layers', body: () => changed((all) => all).replace('{', '{"layers":[],') },
  { name: 'with two digests of a layer', body: () => withLayer({}).replace('"digest"', '"digest":"x","digest"') },
  { name: 'with layers and Layers', body: () => changed((all) => ({ ...all, Layers: [] })) },
  { name: 'with layers and manifests', body: () => changed((all) => ({ ...all, manifests: [] })) },
  {
    name: 'with layers as its prototype',
    body: () => changed((all) => ({ ...all, layers: undefined })).replace('{', '{"__proto__":{"layers":[]},'),
  },
  {
    name: 'with a constructor for a config',
    body: () => changed((all) => ({ ...all, config: undefined })).replace('{', '{"constructor":{"config":{}},'),
  },
  { name: 'with a negative size', body: () => withLayer({ size: -1 }) },
  { name: 'with half a byte', body: () => withLayer({ size: 0.5 }) },
  { name: 'with a size of 1e308', body: () => withLayer({ size: 1e308 }) },
  { name: 'with a size as a text', body: () => withLayer({ size: '100' }) },
  { name: 'with a size that is not that of the layer', body: () => withLayer({ size: 1 }), message: badSize },
  { name: 'with a digest in capitals', body: () => changed((all) => all).replace('"sha256:', '"SHA256:') },
  { name: 'with a digest of 63 digits', body: () => withLayer({ digest: `sha256:${'a'.repeat(63)}` }) },
  { name: 'with a digest of md5', body: () => withLayer({ digest: `md5:${'a'.repeat(32)}` }) },
  { name: 'with a digest that is a path', body: () => withLayer({ digest: 'sha256:../../../etc/passwd' }) },
  {
    name: 'with layers that were never sent',
    body: () => withLayer({ digest: `sha256:${'a'.repeat(64)}` }),
    oci: [404, 'BLOB_UPLOAD_UNKNOWN'],
    api: 'LayersNotFoundException',
    message: `Layers with digests '[sha256:${'a'.repeat(64)}]' required for pushing image into repository with name 'hostile' in the registry with id '${account}' do not exist`,
  },
  { name: 'with a byte order mark', body: () => `\uFEFF${changed((all) => all)}` },
  { name: 'with something behind it', body: () => `${changed((all) => all)}{}` },
  {
    name: 'with half a surrogate pair in its type',
    body: () => changed((all) => ({ ...all, artifactType: '\ud800' })),
  },
  { name: 'with U+0000 in a media type', body: () => withLayer({ mediaType: 'a/b\u0000' }) },
  {
    name: 'with the end of a header in its type',
    body: () => changed((all) => ({ ...all, artifactType: 'a/b\r\nx: y' })),
  },
  { name: 'that is a text', body: () => JSON.stringify(changed((all) => all)) },
  { name: 'that is a number without end', body: () => `1${'0'.repeat(100_000)}` },
];

const put = async (body: string | Buffer, headers: Record<string, string> = {}): Promise<Response> =>
  await site.registry.send('PUT', '/v2/hostile/manifests/bad', {
    headers: { 'content-type': mediaTypes.ociManifest, ...headers },
    body: new Uint8Array(Buffer.from(body)),
  });

describe('a manifest is refused', () => {
  test.each(rows)(
    '$name',
    async ({ body, oci = [405, 'UNSUPPORTED'], api = 'InvalidParameterException', message = invalidJson }) => {
      const said = message instanceof RegExp ? expect.stringMatching(message) : message;
      const imageManifest = body();
      await site.besieged(async () => {
        const refused = await ociRefusal(await put(imageManifest));
        expect(refused).toEqual({ status: oci[0], code: oci[1], message: said });
        const input = { repositoryName: 'hostile', imageTag: 'bad', imageManifest };
        expect(jsonRefusal(await callEcr(site, 'PutImage', input))).toEqual({ status: 400, code: api, message: said });
      });
      await site.expectUnharmed();
    },
  );

  test.each<[string, () => Buffer, Record<string, string>?]>([
    ['with an overlong slash', () => Buffer.from(withLayer({ note: 'A' }).replace('"A"', '"\xc0\xaf"'), 'latin1')],
    [
      'in UTF-16',
      () =>
        Buffer.from(
          changed((all) => all),
          'utf16le',
        ),
    ],
    ['that is compressed', () => gzipSync(site.image.manifest), { 'content-encoding': 'gzip' }],
    ['of nothing', () => Buffer.alloc(0)],
  ])('whose bytes are no text: %s', async (_, bytes, headers) => {
    const refused = await ociRefusal(await put(bytes(), headers));
    expect(refused).toEqual({ status: 405, code: 'UNSUPPORTED', message: invalidJson });
    await site.expectUnharmed();
  });

  test('that comes as half a surrogate pair', async () => {
    const imageManifest = changed((all) => ({ ...all, note: '#' })).replace('#', '\ud800');
    const input = JSON.stringify({ repositoryName: 'hostile', imageManifest });
    const refusal = { status: 400, code: 'InvalidParameterException', message: invalidJson };
    expect(jsonRefusal(await callEcr(site, 'PutImage', input))).toEqual(refusal);
  });

  test('under a digest that is that of another', async () => {
    const { manifest } = site.image;
    const headers = { 'content-type': mediaTypes.ociManifest };
    const body = new Uint8Array(manifest);
    const path = `/v2/hostile/manifests/sha256:${'a'.repeat(64)}`;
    const refused = await ociRefusal(await site.registry.send('PUT', path, { headers, body }));
    expect([refused.status, refused.code]).toEqual([400, 'DIGEST_INVALID']);
    const input = {
      repositoryName: 'hostile',
      imageManifest: manifest.toString(),
      imageDigest: `sha256:${'a'.repeat(64)}`,
    };
    expect(jsonRefusal(await callEcr(site, 'PutImage', input)).code).toBe('ImageDigestDoesNotMatchException');
  });
});

describe('a manifest of 4 MiB', () => {
  test('is taken where all of it is good', async () => {
    const body = padded(4_194_304);
    await site.besieged(async () => {
      expect((await put(body)).status).toBe(201);
      expect(await (await site.registry.getManifest('hostile', digestOf(body))).text()).toBe(body);
      const imageManifest = body.replace('xx', 'yy');
      const input = { repositoryName: 'hostile', imageManifest };
      expect((await callEcr(site, 'PutImage', input)).status).toBe(200);
    });
    await site.expectUnharmed();
  });

  test('with 100,000 annotations is taken', async () => {
    const annotations = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`org.example.${n}`, String(n)]));
    const body = changed((all) => ({ ...all, annotations }));
    await site.besieged(async () => expect((await put(body)).status).toBe(201));
    await site.expectUnharmed();
  });

  test('with one layer 15,000 times is taken, and one with 15,000 layers that are not there refused', async () => {
    const [layer] = site.image.layers;
    if (!layer) throw new Error('the image has no layer');
    const repeated = changed((all) => ({ ...all, layers: Array.from({ length: 15_000 }, () => all.layers[0]) }));
    const strangers = imageOver(
      'strangers',
      Array.from({ length: 15_000 }, (_, n) => ({ ...layer, digest: digestOf(String(n)) })),
    );
    await site.besieged(async () => {
      expect((await put(repeated)).status).toBe(201);
      const { status, code } = await ociRefusal(await put(strangers.manifest));
      expect([status, code]).toEqual([404, 'BLOB_UPLOAD_UNKNOWN']);
    });
    await site.expectUnharmed();
  });
});

test('referrers of 3 MiB are told a page each, however many fit a page otherwise', async () => {
  const { registry, image, server } = site;
  const annotations = (n: number) => ({ n: String(n), filler: 'x'.repeat(3 * 1024 * 1024) });
  const subject = { mediaType: image.mediaType, digest: image.digest, size: image.manifest.length };
  const pushed = [1, 2, 3].map((n) => changed((all) => ({ ...all, subject, annotations: annotations(n) })));
  for (const body of pushed) expect((await put(body)).status).toBe(201);
  const told: string[] = [];
  await site.besieged(async () => {
    let next: string | undefined = `/v2/hostile/referrers/${image.digest}`;
    while (next !== undefined) {
      const response: Response = await registry.send('GET', next);
      const body = await response.text();
      expect(body.length).toBeLessThan(4 * 1024 * 1024);
      told.push(...(JSON.parse(body) as { manifests: { digest: string }[] }).manifests.map(({ digest }) => digest));
      next = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1]?.replace(server.url, '');
    }
  });
  expect(told).toEqual(pushed.map((body) => digestOf(body)));
  await site.expectUnharmed();
});

test('a manifest of 4 MiB with 100 tags is not told a hundred times in one answer', async () => {
  const body = padded(4_194_304).replace('xxx', 'tag');
  const tags = Array.from({ length: 100 }, (_, n) => `tag=many-${n}`).join('&');
  const path = `/v2/hostile/manifests/${digestOf(body)}?${tags}`;
  const headers = { 'content-type': mediaTypes.ociManifest };
  expect((await site.registry.send('PUT', path, { headers, body: new Uint8Array(Buffer.from(body)) })).status).toBe(
    201,
  );
  const get = async (imageId: object) =>
    await callEcr(site, 'BatchGetImage', { repositoryName: 'hostile', imageIds: [imageId] });
  await site.besieged(async () => {
    const refused = jsonRefusal(await get({ imageDigest: digestOf(body) }));
    expect([refused.status, refused.code]).toEqual([400, 'InvalidParameterException']);
    const { images } = JSON.parse((await get({ imageTag: 'many-7' })).body) as { images: { imageManifest: string }[] };
    expect(images.map(({ imageManifest }) => imageManifest === body)).toEqual([true]);
  });
  await site.expectUnharmed();
});
