import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logIn } from '../support/aws.ts';
import { missing, skopeoAt, type Skopeo } from '../support/engines.ts';
import { temporaryFolder, type Folder } from '../support/folders.ts';
import { writeDirectory } from '../support/image-files.ts';
import { makeArtifact, makeIndex, seededImage, sizeOf, type Image } from '../support/images.ts';
import { run, runOk, type Outcome } from '../support/process.ts';
import { expectStatus, registryAt, type Registry } from '../support/registry.ts';
import { account, awsEnv, region, startStowage, type Stowage } from '../support/stowage.ts';

interface ImageId {
  imageDigest?: string;
  imageTag?: string;
}

interface ImageDetail {
  registryId: string;
  repositoryName: string;
  imageDigest: string;
  imageTags?: string[];
  imageSizeInBytes: number;
  imagePushedAt: string | number;
  imageManifestMediaType: string;
  artifactMediaType?: string;
}

/** The CLI prints ISO dates (version 2) or seconds (version 1, by configuration). */
const timeOf = (value: string | number): number => (typeof value === 'number' ? value * 1000 : Date.parse(value));

describe.skipIf(missing('aws'))('the AWS CLI', () => {
  let server: Stowage;
  let registry: Registry;

  beforeAll(async () => {
    server = await startStowage();
    registry = registryAt(server.url, (await logIn(server)).authorization);
  });

  afterAll(async () => {
    await server?.close();
  });

  const complete = (args: readonly string[]): string[] => [
    ...args,
    ...['--endpoint-url', server.url, '--region', region, '--output', 'json'],
  ];
  const aws = async (...args: string[]): Promise<Outcome> => await run('aws', complete(args), { env: awsEnv(server) });
  const ecr = async <T>(...args: string[]): Promise<T> =>
    JSON.parse(await runOk('aws', complete(['ecr', ...args]), { env: awsEnv(server) })) as T;

  async function push(repository: string, image: Image, ...tags: string[]): Promise<void> {
    await ecr('create-repository', '--repository-name', repository);
    for (const tag of tags) await registry.pushImage(repository, image, tag);
  }

  test('tells who calls', async () => {
    const said = JSON.parse((await aws('sts', 'get-caller-identity')).stdout) as { Account: string; Arn: string };
    expect(said).toMatchObject({ Account: account, Arn: `arn:aws:iam::${account}:user/admin` });
  });

  test('gets a login password that opens the registry', async () => {
    const args = ['ecr', 'get-login-password', '--endpoint-url', server.url, '--region', region];
    const password = (await runOk('aws', args, { env: awsEnv(server) })).trim();
    expect(password).toMatch(/^[^\s:]{20,200}$/);
    const authorization = `Basic ${Buffer.from(`AWS:${password}`).toString('base64')}`;
    await expectStatus(await registryAt(server.url, authorization).send('GET', '/v2/'), 200);
  });

  test('creates, describes and deletes repositories', async () => {
    const created = await ecr<{ repository: Record<string, unknown> }>('create-repository', '--repository-name', 'a/b');
    expect(created.repository).toMatchObject({
      repositoryArn: `arn:aws:ecr:${region}:${account}:repository/a/b`,
      registryId: account,
      repositoryName: 'a/b',
      repositoryUri: `${server.host}/a/b`,
      imageTagMutability: 'MUTABLE',
      imageScanningConfiguration: { scanOnPush: false },
      encryptionConfiguration: { encryptionType: 'AES256' },
    });
    const described = await ecr<{ repositories: unknown[] }>('describe-repositories', '--repository-names', 'a/b');
    expect(described.repositories).toEqual([created.repository]);

    const again = await aws('ecr', 'create-repository', '--repository-name', 'a/b');
    expect(again.code).not.toBe(0);
    expect(again.stderr).toContain(
      `(RepositoryAlreadyExistsException) when calling the CreateRepository operation: ` +
        `The repository with name 'a/b' already exists in the registry with id '${account}'`,
    );

    await ecr('delete-repository', '--repository-name', 'a/b');
    const missingNow = await aws('ecr', 'describe-repositories', '--repository-names', 'a/b');
    expect(missingNow.code).not.toBe(0);
    expect(missingNow.stderr).toContain('RepositoryNotFoundException');
  });

  test('pages through repositories one at a time, and stops where it is told', async () => {
    for (const name of ['page/1', 'page/2', 'page/3']) await ecr('create-repository', '--repository-name', name);
    type Page = { repositories: { repositoryName: string }[]; NextToken?: string };
    const names = ({ repositories }: Page): string[] =>
      repositories.map((one) => one.repositoryName).filter((name) => name.startsWith('page/'));
    const all = await ecr<Page>('describe-repositories', '--page-size', '1');
    expect(names(all).toSorted()).toEqual(['page/1', 'page/2', 'page/3']);

    const seen: string[] = [];
    let page = await ecr<Page>('describe-repositories', '--max-items', '1');
    for (;;) {
      expect(page.repositories).toHaveLength(1);
      seen.push(...names(page));
      if (page.NextToken === undefined) break;
      page = await ecr('describe-repositories', '--max-items', '1', '--starting-token', page.NextToken);
    }
    expect(seen.toSorted()).toEqual(['page/1', 'page/2', 'page/3']);
  });

  test('tells tags, digests, sizes, media types and times as they were pushed', async () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const image = seededImage('told', 3, 20_000);
    await push('told', image, 'v1', 'latest');
    const children = [seededImage('told x', 1, 4_000), seededImage('told y', 2, 9_000, { architecture: 'arm64' })];
    const index = makeIndex(children);
    await registry.pushImage('told', index, 'multi');
    const artifact = makeArtifact('application/vnd.example.sbom', Buffer.from('parts'));
    await registry.pushImage('told', artifact);

    const { imageIds } = await ecr<{ imageIds: ImageId[] }>(
      'list-images',
      '--repository-name',
      'told',
      '--page-size',
      '1',
    );
    const pairs = (ids: ImageId[]): string[] => ids.map((id) => `${id.imageDigest} ${id.imageTag}`).sort();
    expect(pairs(imageIds)).toEqual(
      pairs([
        { imageDigest: image.digest, imageTag: 'v1' },
        { imageDigest: image.digest, imageTag: 'latest' },
        { imageDigest: index.digest, imageTag: 'multi' },
        ...[...children, artifact].map(({ digest }) => ({ imageDigest: digest })),
      ]),
    );

    const described = await ecr<{ imageDetails: ImageDetail[] }>('describe-images', '--repository-name', 'told');
    const byDigest = new Map(described.imageDetails.map((detail) => [detail.imageDigest, detail]));
    expect(byDigest.size).toBe(5);
    for (const pushed of [image, index, artifact, ...children]) {
      const detail = byDigest.get(pushed.digest);
      expect(detail?.imageSizeInBytes).toBe(sizeOf(pushed));
      expect(detail?.imageManifestMediaType).toBe(pushed.mediaType);
      expect(detail?.registryId).toBe(account);
      expect(timeOf(detail?.imagePushedAt ?? 0)).toBeGreaterThanOrEqual(before);
      expect(timeOf(detail?.imagePushedAt ?? Infinity)).toBeLessThanOrEqual(Date.now());
    }
    expect(byDigest.get(image.digest)?.imageTags?.toSorted()).toEqual(['latest', 'v1']);
    expect(byDigest.get(image.digest)?.artifactMediaType).toBe(image.config?.mediaType);
    expect(byDigest.get(artifact.digest)?.artifactMediaType).toBe(artifact.artifactType);
    expect(byDigest.get(artifact.digest)?.imageTags).toBeUndefined();
  });

  test('gets a manifest byte for byte', async () => {
    const image = seededImage('bytes', 1, 500, { annotations: { 'org.example.text': 'ünïcode "quotes" \\ 日本' } });
    await push('bytes', image, 'v1');
    const ids = ['--image-ids', 'imageTag=v1', `imageDigest=${image.digest}`, 'imageTag=none'];
    const answer = await ecr<{
      images: { imageManifest: string; imageManifestMediaType: string; imageId: ImageId }[];
      failures: { imageId: ImageId; failureCode: string; failureReason: string }[];
    }>('batch-get-image', '--repository-name', 'bytes', ...ids);
    expect(answer.images.length).toBeGreaterThanOrEqual(1);
    for (const got of answer.images) {
      expect(Buffer.from(got.imageManifest)).toEqual(image.manifest);
      expect(got.imageManifestMediaType).toBe(image.mediaType);
      expect(got.imageId.imageDigest).toBe(image.digest);
    }
    expect(answer.failures).toEqual([
      { imageId: { imageTag: 'none' }, failureCode: 'ImageNotFound', failureReason: 'Requested image not found' },
    ]);
  });

  test.skipIf(missing('skopeo'))('lists what skopeo pushed, and what it deletes is gone for skopeo', async () => {
    const folder: Folder = temporaryFolder('cli');
    const skopeo: Skopeo = skopeoAt(server.host, (await logIn(server)).password, folder.path);
    const image = seededImage('chain', 2, 30_000, { flavour: 'docker' });
    await writeDirectory(`${folder.path}/image`, image);
    await ecr('create-repository', '--repository-name', 'chain');
    const remote = `docker://${server.host}/chain:v1`;
    await skopeo.ok('copy', '--dest-tls-verify=false', `dir:${folder.path}/image`, remote);
    const { imageDetails } = await ecr<{ imageDetails: ImageDetail[] }>(
      'describe-images',
      '--repository-name',
      'chain',
    );
    expect(imageDetails).toMatchObject([
      {
        imageDigest: image.digest,
        imageTags: ['v1'],
        imageSizeInBytes: sizeOf(image),
        imageManifestMediaType: image.mediaType,
      },
    ]);

    const removal = ['batch-delete-image', '--repository-name', 'chain', '--image-ids', 'imageTag=v1'];
    expect(await ecr(...removal)).toEqual({
      imageIds: [{ imageDigest: image.digest, imageTag: 'v1' }],
      failures: [],
    });
    const gone = await skopeo.run('inspect', '--tls-verify=false', remote);
    expect(gone.code).not.toBe(0);
    expect(gone.stderr).toContain('Requested image not found');
    folder.remove();
  });

  test('deletes by digest with every tag, and by tag the tag alone', async () => {
    const image = seededImage('three tags', 1, 700);
    await push('three-tags', image, 'a', 'b', 'c');
    const remove = async (id: string): Promise<{ imageIds: ImageId[] }> =>
      await ecr('batch-delete-image', '--repository-name', 'three-tags', '--image-ids', id);
    expect((await remove('imageTag=a')).imageIds).toEqual([{ imageDigest: image.digest, imageTag: 'a' }]);
    await expectStatus(await registry.getManifest('three-tags', image.digest), 200);
    const rest = (await remove(`imageDigest=${image.digest}`)).imageIds;
    expect(rest.map((id) => `${id.imageTag}`).toSorted()).toEqual(['b', 'c']);
    await expectStatus(await registry.getManifest('three-tags', image.digest), 404);
  });

  test.each([
    ['ecr', 'describe-pull-through-cache-rules', 'DescribePullThroughCacheRules'],
    ['ecr-public', 'describe-registries', 'DescribeRegistries'],
  ])('is told by %s that %s is not built yet', async (service, command, operation) => {
    const outcome = await run('aws', complete([service, command]), { env: awsEnv(server) });
    expect(outcome.code).not.toBe(0);
    expect(outcome.stderr).toContain(
      `(UnsupportedOperationException) when calling the ${operation} operation: The operation ${operation} is not built yet`,
    );
  });

  test('is refused with a wrong secret and with an unknown key', async () => {
    const withKeys = (extra: NodeJS.ProcessEnv): Promise<Outcome> =>
      run('aws', complete(['ecr', 'describe-repositories']), { env: { ...awsEnv(server), ...extra } });
    const wrongSecret = await withKeys({ AWS_SECRET_ACCESS_KEY: 'x'.repeat(40) });
    expect(wrongSecret.code).not.toBe(0);
    expect(wrongSecret.stderr).toContain('(InvalidSignatureException)');
    const unknown = await withKeys({ AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE' });
    expect(unknown.code).not.toBe(0);
    expect(unknown.stderr).toContain('(UnrecognizedClientException)');
    expect(unknown.stderr).toContain('The security token included in the request is invalid.');
  });
});
