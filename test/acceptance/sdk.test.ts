import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRServiceException,
  GetAccountSettingCommand,
  GetAuthorizationTokenCommand,
  ImageNotFoundException,
  InvalidParameterException,
  paginateDescribeImages,
  paginateDescribeRepositories,
  paginateListImages,
  PutAccountSettingCommand,
  RepositoryAlreadyExistsException,
  RepositoryNotEmptyException,
  RepositoryNotFoundException,
  StartImageScanCommand,
  type ECRClient,
} from '@aws-sdk/client-ecr';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRepositories, ecrClient, logIn, stsClient } from '../support/aws.ts';
import { makeIndex, seededImage, sizeOf } from '../support/images.ts';
import { expectStatus, registryAt, type Registry } from '../support/registry.ts';
import { account, region, startStowage, stowage, type Stowage } from '../support/stowage.ts';

describe('the AWS SDK for JavaScript', () => {
  let server: Stowage;
  let ecr: ECRClient;
  let registry: Registry;

  beforeAll(async () => {
    server = await startStowage();
    ecr = ecrClient(server);
    registry = registryAt(server.url, (await logIn(server)).authorization);
  });

  afterAll(async () => {
    ecr?.destroy();
    await server?.close();
  });

  test('GetCallerIdentity names the administrator', async () => {
    const sts = stsClient(server);
    const answer = await sts.send(new GetCallerIdentityCommand({}));
    sts.destroy();
    expect(answer).toMatchObject({ Account: account, Arn: `arn:aws:iam::${account}:user/admin` });
    expect(answer.UserId).toMatch(/^AIDA[A-Z0-9]+$/);
  });

  test('GetAuthorizationToken gives twelve hours for the asked address', async () => {
    const before = Date.now();
    const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
    expect(authorizationData).toHaveLength(1);
    const [given] = authorizationData ?? [];
    expect(given?.authorizationToken).toMatch(/^QVdTOk/);
    expect(given?.proxyEndpoint).toBe(server.url);
    const hours12 = 12 * 3600 * 1000;
    expect(given?.expiresAt?.getTime()).toBeGreaterThanOrEqual(before + hours12 - 1);
    expect(given?.expiresAt?.getTime()).toBeLessThanOrEqual(Date.now() + hours12 + 1);
  });

  test('a repository is created once, described, and deleted when it is empty or by force', async () => {
    const { repository } = await ecr.send(new CreateRepositoryCommand({ repositoryName: 'life' }));
    expect(repository?.repositoryArn).toBe(`arn:aws:ecr:${region}:${account}:repository/life`);
    expect(repository?.createdAt).toBeInstanceOf(Date);
    await expect(ecr.send(new CreateRepositoryCommand({ repositoryName: 'life' }))).rejects.toThrow(
      RepositoryAlreadyExistsException,
    );
    const named = await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: ['life'] }));
    expect(named.repositories).toEqual([repository]);

    await registry.pushImage('life', seededImage('life'), 'v1');
    const plain = ecr.send(new DeleteRepositoryCommand({ repositoryName: 'life' }));
    await expect(plain).rejects.toThrow(RepositoryNotEmptyException);
    await ecr.send(new DeleteRepositoryCommand({ repositoryName: 'life', force: true }));
    const gone = ecr.send(new DescribeRepositoriesCommand({ repositoryNames: ['life'] }));
    await expect(gone).rejects.toThrow(RepositoryNotFoundException);
    await expect(gone).rejects.toThrow(
      `The repository with name 'life' does not exist in the registry with id '${account}'`,
    );
    await expectStatus(await registry.getManifest('life', 'v1'), 404);
  });

  test('every list gives each entry once, one a page, while more is pushed', async () => {
    await createRepositories(server, 'paged');
    const images = ['1', '2', '3', '4'].map((seed) => seededImage(`paged ${seed}`, 1, 600));
    for (const [index, image] of images.entries()) await registry.pushImage('paged', image, `v${index}`);
    await registry.pushImage('paged', images[0] ?? seededImage('paged 1', 1, 600), 'again');

    const listed: string[] = [];
    for await (const page of paginateListImages({ client: ecr, pageSize: 1 }, { repositoryName: 'paged' })) {
      expect(page.imageIds?.length).toBeLessThanOrEqual(1);
      listed.push(...(page.imageIds ?? []).map((id) => `${id.imageDigest}:${id.imageTag}`));
      if (listed.length === 2) await registry.pushImage('paged', seededImage('paged late', 1, 600), 'a-late-one');
    }
    const early = listed.filter((entry) => !entry.endsWith(':a-late-one'));
    expect(early.toSorted()).toEqual(
      [...images.map((image, index) => `${image.digest}:v${index}`), `${images[0]?.digest}:again`].toSorted(),
    );

    const described: string[] = [];
    for await (const page of paginateDescribeImages({ client: ecr, pageSize: 1 }, { repositoryName: 'paged' })) {
      expect(page.imageDetails?.length).toBeLessThanOrEqual(1);
      described.push(...(page.imageDetails ?? []).map((detail) => detail.imageDigest ?? ''));
    }
    expect(described).toHaveLength(5);
    expect(new Set(described).size).toBe(5);

    const names: string[] = [];
    for await (const page of paginateDescribeRepositories({ client: ecr, pageSize: 1 }, {})) {
      names.push(...(page.repositories ?? []).map((repository) => repository.repositoryName ?? ''));
    }
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('paged');
  });

  test('DescribeImages tells sizes, filters by tag status, and refuses an image that is not there', async () => {
    await createRepositories(server, 'described');
    const children = [seededImage('d1', 1, 4_000), seededImage('d2', 3, 4_000)];
    const index = makeIndex(children);
    await registry.pushImage('described', index, 'multi');
    const ask = async (tagStatus: 'TAGGED' | 'UNTAGGED'): Promise<string[]> => {
      const input = { repositoryName: 'described', filter: { tagStatus } };
      const { imageDetails } = await ecr.send(new DescribeImagesCommand(input));
      return (imageDetails ?? []).map((detail) => detail.imageDigest ?? '').toSorted();
    };
    expect(await ask('TAGGED')).toEqual([index.digest]);
    expect(await ask('UNTAGGED')).toEqual(children.map((child) => child.digest).toSorted());

    const imageIds = [{ imageTag: 'multi' }];
    const { imageDetails } = await ecr.send(new DescribeImagesCommand({ repositoryName: 'described', imageIds }));
    expect(imageDetails).toMatchObject([{ imageDigest: index.digest, imageSizeInBytes: sizeOf(index) }]);

    const absent = new DescribeImagesCommand({ repositoryName: 'described', imageIds: [{ imageTag: 'absent' }] });
    await expect(ecr.send(absent)).rejects.toThrow(ImageNotFoundException);
    await expect(ecr.send(absent)).rejects.toThrow(
      `The image with imageId {imageDigest:'null', imageTag:'absent'} does not exist within the repository with name ` +
        `'described' in the registry with id '${account}'`,
    );
  });

  test('a pull is recorded on the image, asking with HEAD is not', async () => {
    await createRepositories(server, 'pulled');
    const image = seededImage('pulled');
    await registry.pushImage('pulled', image, 'v1');
    const lastPull = async (): Promise<Date | undefined> => {
      const { imageDetails } = await ecr.send(new DescribeImagesCommand({ repositoryName: 'pulled' }));
      return imageDetails?.[0]?.lastRecordedPullTime;
    };
    await expectStatus(await registry.send('HEAD', '/v2/pulled/manifests/v1'), 200);
    expect(await lastPull()).toBeUndefined();
    const before = Date.now();
    await expectStatus(await registry.getManifest('pulled', 'v1'), 200);
    const recorded = (await lastPull())?.getTime();
    expect(recorded).toBeGreaterThanOrEqual(before - 1);
    expect(recorded).toBeLessThanOrEqual(Date.now());
  });

  test('BatchGetImage and BatchDeleteImage report what fails beside what succeeds', async () => {
    await createRepositories(server, 'batch');
    const children = [seededImage('b1', 1, 600)];
    const index = makeIndex(children);
    await registry.pushImage('batch', index, 'multi');
    const other = `sha256:${'0'.repeat(64)}`;
    const got = await ecr.send(
      new BatchGetImageCommand({
        repositoryName: 'batch',
        imageIds: [{ imageTag: 'multi' }, { imageTag: 'multi', imageDigest: other }, { imageDigest: other }],
        acceptedMediaTypes: [index.mediaType],
      }),
    );
    expect(got.images).toHaveLength(1);
    expect(got.images?.[0]?.imageManifest).toBe(index.manifest.toString());
    expect(got.failures?.map((failure) => failure.failureCode)).toEqual([
      'ImageTagDoesNotMatchDigest',
      'ImageNotFound',
    ]);

    const child = children[0]?.digest ?? '';
    const remove = async (imageDigest: string) =>
      await ecr.send(new BatchDeleteImageCommand({ repositoryName: 'batch', imageIds: [{ imageDigest }] }));
    expect((await remove(child)).failures).toEqual([
      {
        imageId: { imageDigest: child },
        failureCode: 'ImageReferencedByManifestList',
        failureReason: `Requested image referenced by manifest list: [${index.digest}]`,
      },
    ]);
    expect((await remove(index.digest)).imageIds).toEqual([{ imageDigest: index.digest, imageTag: 'multi' }]);
    expect((await remove(child)).imageIds).toEqual([{ imageDigest: child }]);
    await expectStatus(await registry.getManifest('batch', child), 404);
  });

  test('the account setting BLOB_MOUNTING decides whether a mount spares the bytes', async () => {
    await createRepositories(server, 'mount/from', 'mount/to');
    const name = 'BLOB_MOUNTING';
    const image = seededImage('mounted');
    await registry.pushImage('mount/from', image, 'v1');
    const digest = image.layers[0]?.digest ?? '';
    const mount = async (): Promise<Response> =>
      await registry.send('POST', `/v2/mount/to/blobs/uploads/?mount=${digest}&from=mount/from`);
    expect(await ecr.send(new GetAccountSettingCommand({ name }))).toMatchObject({ name, value: 'DISABLED' });
    await expectStatus(await mount(), 202);
    await expectStatus(await registry.getBlob('mount/to', digest), 404);

    await ecr.send(new PutAccountSettingCommand({ name, value: 'ENABLED' }));
    expect(await ecr.send(new GetAccountSettingCommand({ name }))).toMatchObject({ name, value: 'ENABLED' });
    await expectStatus(await mount(), 201);
    const bytes = await expectStatus(await registry.getBlob('mount/to', digest), 200);
    expect(bytes).toEqual(image.layers[0]?.bytes);
  });

  test('bad input is refused in the words of the service, and never as its failure', async () => {
    const badName = ecr.send(new CreateRepositoryCommand({ repositoryName: 'Upper' }));
    await expect(badName).rejects.toThrow(InvalidParameterException);
    await expect(badName).rejects.toThrow("Invalid parameter at 'repositoryName' failed to satisfy constraint: '");
    const tooMany = ecr.send(new DescribeRepositoriesCommand({ maxResults: 1001 }));
    await expect(tooMany).rejects.toThrow(
      "Invalid parameter at 'maxResults' failed to satisfy constraint: 'Member must have value less than or equal to 1000'",
    );
    const madeUp = ecr.send(new DescribeRepositoriesCommand({ nextToken: 'made-up' }));
    await expect(madeUp).rejects.toThrow(InvalidParameterException);
  });

  test('an operation that is not built says so by its name', async () => {
    await createRepositories(server, 'scanless');
    const scan = new StartImageScanCommand({ repositoryName: 'scanless', imageId: { imageTag: 'v1' } });
    const refusal = await ecr.send(scan).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refusal).toBeInstanceOf(ECRServiceException);
    expect(refusal).toMatchObject({ name: 'UnsupportedOperationException', $metadata: { httpStatusCode: 501 } });
    expect(String(refusal)).toContain('StartImageScan');
  });

  test('another account has a registry of its own and may not enter this one', async () => {
    await createRepositories(server, 'ours');
    await registry.pushImage('ours', seededImage('ours'), 'v1');
    const made = await stowage(['accounts', 'create', '210987654321', '--json', '--data', server.data]);
    expect(made).toMatchObject({ code: 0 });
    const credentials = JSON.parse(made.stdout) as { account: string; accessKeyId: string; secretAccessKey: string };
    expect(credentials.account).toBe('210987654321');

    const theirs = ecrClient({ url: server.url, credentials });
    expect((await theirs.send(new DescribeRepositoriesCommand({}))).repositories).toEqual([]);
    const foreign = theirs.send(new DescribeRepositoriesCommand({ registryId: account, repositoryNames: ['ours'] }));
    await expect(foreign).rejects.toMatchObject({ name: 'AccessDeniedException', $metadata: { httpStatusCode: 400 } });
    await expect(foreign).rejects.toThrow(
      'User: arn:aws:iam::210987654321:user/admin is not authorized to perform: ecr:DescribeRepositories on resource: ',
    );
    theirs.destroy();

    // their token opens their own registry, where there is no repository `ours`
    const { authorization } = await logIn({ url: server.url, credentials });
    await expectStatus(await registryAt(server.url, authorization).getManifest('ours', 'v1'), 404);
  });
});
