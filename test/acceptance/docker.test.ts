import { DescribeImagesCommand, BatchDeleteImageCommand, ListImagesCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRepositories, ecrClient, logIn } from '../support/aws.ts';
import { machine, programThatPrints } from '../support/binary.ts';
import { missing, startDocker, type Docker } from '../support/engines.ts';
import { dockerArchive } from '../support/image-files.ts';
import { digestOf, makeImage, seededBytes, type Image } from '../support/images.ts';
import { expectStatus, registryAt } from '../support/registry.ts';
import { startStowage, type Stowage } from '../support/stowage.ts';

const line = 'this line came out of a pulled image';

/** Three layers: a program to run, a file that compresses badly, a small text. */
function imageToRun(architecture: string, text = line): Image {
  const program = programThatPrints(text, machine());
  return makeImage({
    layers: [
      [{ name: 'hello', content: program, mode: 0o755 }],
      [{ name: 'large.bin', content: seededBytes(`docker ${architecture}`, 3_000_000) }],
      [{ name: 'notes.txt', content: `for ${architecture}` }],
    ],
    architecture,
    command: ['/hello'],
  });
}

interface PushedManifest {
  config: { digest: string; size: number };
  layers: { digest: string; size: number }[];
}

describe.skipIf(missing('docker'))('docker', () => {
  let server: Stowage;
  let docker: Docker;

  beforeAll(async () => {
    server = await startStowage();
    docker = await startDocker();
    await docker.login(server.host, (await logIn(server)).password);
  });

  afterAll(async () => {
    await docker?.close();
    await server?.close();
  });

  /** Pushes `reference` and gives the digest that docker prints. */
  async function push(reference: string): Promise<string> {
    const said = await docker.ok('push', reference);
    const digest = /digest: (sha256:[0-9a-f]{64})/.exec(said)?.[1];
    if (digest === undefined) throw new Error(`docker push told no digest:\n${said}`);
    return digest;
  }

  test('pushes an image of several layers, pulls it by tag and by digest, and runs it', async () => {
    await createRepositories(server, 'team/app');
    const reference = `${server.host}/team/app:v1`;
    await docker.load(dockerArchive(imageToRun(machine()), [reference]));
    const digest = await push(reference);

    await docker.ok('image', 'rm', reference);
    expect(await docker.ok('image', 'ls', '--quiet')).toBe('');
    expect(await docker.ok('pull', reference)).toContain(`Digest: ${digest}`);
    expect(await docker.ok('run', '--rm', '--network', 'none', reference)).toBe(`${line}\n`);

    await docker.ok('image', 'rm', '--force', reference);
    const byDigest = `${server.host}/team/app@${digest}`;
    expect(await docker.ok('pull', byDigest)).toContain(`Digest: ${digest}`);
    expect(await docker.ok('run', '--rm', '--network', 'none', byDigest)).toBe(`${line}\n`);
  });

  test('what it pushed is what the AWS API tells: tags, digest, size, media types, time', async () => {
    await createRepositories(server, 'told');
    const before = Math.floor(Date.now() / 1000) * 1000;
    const reference = `${server.host}/told:one`;
    await docker.load(dockerArchive(imageToRun(machine()), [reference]));
    const digest = await push(reference);
    await docker.ok('tag', reference, `${server.host}/told:two`);
    expect(await push(`${server.host}/told:two`)).toBe(digest);
    expect(await push(reference)).toBe(digest);

    const registry = registryAt(server.url, (await logIn(server)).authorization);
    const body = await expectStatus(await registry.getManifest('told', digest), 200);
    expect(digestOf(body)).toBe(digest);
    const manifest = JSON.parse(body.toString()) as PushedManifest;
    expect(manifest.layers).toHaveLength(3);
    const size = manifest.layers.reduce((sum, layer) => sum + layer.size, manifest.config.size);

    const ecr = ecrClient(server);
    const { imageDetails } = await ecr.send(new DescribeImagesCommand({ repositoryName: 'told' }));
    expect(imageDetails).toHaveLength(1);
    const detail = imageDetails?.[0];
    expect(detail).toMatchObject({
      imageDigest: digest,
      imageSizeInBytes: size,
      imageManifestMediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      artifactMediaType: 'application/vnd.docker.container.image.v1+json',
    });
    expect(detail?.imageTags?.toSorted()).toEqual(['one', 'two']);
    expect(detail?.imagePushedAt?.getTime()).toBeGreaterThanOrEqual(before);
    expect(detail?.imagePushedAt?.getTime()).toBeLessThanOrEqual(Date.now());
    const { imageIds } = await ecr.send(new ListImagesCommand({ repositoryName: 'told' }));
    expect(imageIds).toHaveLength(2);
    ecr.destroy();
  });

  test('cannot pull any more what the AWS API deleted', async () => {
    await createRepositories(server, 'deleted');
    const reference = `${server.host}/deleted:v1`;
    await docker.load(dockerArchive(imageToRun(machine()), [reference]));
    const digest = await push(reference);
    const ecr = ecrClient(server);
    const input = { repositoryName: 'deleted', imageIds: [{ imageTag: 'v1' }] };
    const { failures } = await ecr.send(new BatchDeleteImageCommand(input));
    expect(failures).toEqual([]);
    ecr.destroy();
    await docker.ok('image', 'rm', '--force', reference);
    for (const gone of [reference, `${server.host}/deleted@${digest}`]) {
      const { code, stderr } = await docker.run('pull', gone);
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/Requested image not found|manifest unknown|not found/);
    }
  });

  test('makes, pushes and pulls a manifest list', async () => {
    await createRepositories(server, 'multi');
    const list = `${server.host}/multi:latest`;
    const members: string[] = [];
    for (const architecture of ['amd64', 'arm64']) {
      const reference = `${server.host}/multi:${architecture}`;
      await docker.load(dockerArchive(imageToRun(architecture, `${line} ${architecture}`), [reference]));
      await push(reference);
      members.push(reference);
    }
    await docker.ok('manifest', 'create', '--insecure', list, ...members);
    const digest = (await docker.ok('manifest', 'push', '--insecure', list)).trim().split('\n').at(-1) ?? '';
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);

    for (const reference of [list, `${server.host}/multi@${digest}`]) {
      await docker.ok('image', 'prune', '--all', '--force');
      await docker.ok('pull', reference);
      const said = await docker.ok('run', '--rm', '--network', 'none', reference);
      expect(said).toBe(`${line} ${machine()}\n`);
    }
  });

  test('is told that a repository does not exist', async () => {
    const reference = `${server.host}/nowhere:v1`;
    await docker.load(dockerArchive(imageToRun(machine()), [reference]));
    const { code, stderr } = await docker.run('push', reference);
    expect(code).not.toBe(0);
    expect(stderr).toContain(`The repository with name 'nowhere' does not exist in the registry with id`);
  });

  test('is refused without a login', async () => {
    await docker.ok('logout', server.host);
    const { code, stderr } = await docker.run('pull', `${server.host}/team/app:v1`);
    expect(code).not.toBe(0);
    expect(stderr).toContain('no basic auth credentials');
    await docker.login(server.host, (await logIn(server)).password);
  });
});
