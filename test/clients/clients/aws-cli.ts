import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { expect } from 'vitest';
import { readFile } from 'node:fs/promises';
import { registryAt } from '../../support/registry.ts';
import { pypiTool, pypiTools } from '../../support/tools/pypi-tools.ts';
import { serviceOf } from '../../support/wire/service-tables.ts';
import { row, type Started, type Step, type Task } from '../cell.ts';
import type { Address, Ground } from '../ground.ts';
import { verbsOf, type Calls, type Verbs } from '../json-api.ts';
import { deletes, pullsByDigest, pullsByTag, pushesAndPullsIndex, pushesImage, refers } from '../steps.ts';

/** What one call of an operation with an empty input came to. */
interface Tried {
  readonly operation: string;
  readonly code: number;
  readonly said: string;
}

interface Cli extends Started, Verbs {
  password(address: Address): Promise<string>;
  /** Calls every operation that the CLI knows, without any parameter and without its own checks. */
  tryAll(address: Address): Promise<Tried[]>;
}

/** All calls in one process of the CLI: starting it takes longer than an operation. */
const tryAllProgram = `
import contextlib, io, json, sys
from awscli.clidriver import create_clidriver
import botocore.session
from botocore import xform_name
model = botocore.session.get_session().get_service_model('ecr')
tried = []
for operation in model.operation_names:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = create_clidriver().main(['ecr', xform_name(operation, '-'), '--cli-input-json', '{}', '--output', 'json'])
    tried.append({'operation': operation, 'code': code, 'said': out.getvalue() + err.getvalue()})
json.dump(tried, sys.stdout)
`;

const fetchProgram = `
import { writeFile } from 'node:fs/promises';
const [url, file] = process.argv.slice(1);
const answer = await fetch(url);
if (!answer.ok) throw new Error(String(answer.status));
await writeFile(file, Buffer.from(await answer.arrayBuffer()));
`;

function callsOf(ground: Ground, home: string, ecr: (task: Task, ...args: string[]) => Promise<string>): Calls {
  const of = (task: Task): string[] => ['--repository-name', task.repository];
  const read = async <T>(task: Task, ...args: string[]): Promise<T> => JSON.parse(await ecr(task, ...args)) as T;
  return {
    async uploadLayer(task, { bytes, digest }) {
      const file = join(home, 'layer');
      await writeFile(file, bytes);
      const { uploadId } = await read<{ uploadId: string }>(task, 'initiate-layer-upload', ...of(task));
      const upload = [...of(task), '--upload-id', uploadId];
      const range = ['--part-first-byte', '0', '--part-last-byte', String(bytes.length - 1)];
      await ecr(task, 'upload-layer-part', ...upload, ...range, '--layer-part-blob', `fileb://${file}`);
      await ecr(task, 'complete-layer-upload', ...upload, '--layer-digests', digest);
    },
    async putImage(task, { manifest, mediaType }, tag) {
      const file = join(home, 'manifest');
      await writeFile(file, manifest);
      const flags = ['--image-manifest', `file://${file}`, '--image-manifest-media-type', mediaType];
      const named = tag === undefined ? [] : ['--image-tag', tag];
      const { image } = await read<{ image: { imageId: { imageDigest: string } } }>(
        task,
        'put-image',
        ...of(task),
        ...flags,
        ...named,
      );
      return image.imageId.imageDigest;
    },
    async getManifest(task, reference) {
      const id = reference.includes(':') ? `imageDigest=${reference}` : `imageTag=${reference}`;
      const args = ['batch-get-image', ...of(task), '--image-ids', id];
      const { images } = await read<{ images: { imageManifest: string }[] }>(task, ...args);
      return Buffer.from(images[0]?.imageManifest ?? '');
    },
    async getLayer(task, digest) {
      const args = ['get-download-url-for-layer', ...of(task), '--layer-digest', digest];
      const { downloadUrl } = await read<{ downloadUrl: string }>(task, ...args);
      const file = join(home, 'fetched');
      const env = { NODE_EXTRA_CA_CERTS: ground.ca };
      const node = ['--input-type', 'module', '--eval', fetchProgram, downloadUrl, file];
      await ground.commands.ok(execPath, node, { env });
      return await readFile(file);
    },
    async deleteImage(task, digest) {
      await ecr(task, 'batch-delete-image', ...of(task), '--image-ids', `imageDigest=${digest}`);
    },
    async listReferrers(task, digest) {
      const args = ['list-image-referrers', ...of(task), '--subject-id', `imageDigest=${digest}`];
      const { referrers } = await read<{ referrers: { digest: string }[] }>(task, ...args);
      return referrers.map((one) => one.digest);
    },
  };
}

async function start(ground: Ground): Promise<Cli> {
  const folder = await pypiTool('awscli');
  const home = join(ground.folder, 'aws');
  mkdirSync(home);
  await writeFile(join(home, 'unchecked'), '[default]\nparameter_validation = false\n');
  const aws = async (address: Address, ...args: string[]): Promise<string> =>
    await ground.commands.ok(join(folder, 'python'), [join(folder, 'aws'), ...args], {
      env: ground.env(address, home),
    });
  const ecr = async ({ address }: Task, ...args: string[]): Promise<string> =>
    await aws(address, 'ecr', ...args, '--output', 'json');
  return {
    version: pypiTools.awscli,
    async login() {
      // each call is signed
    },
    ...verbsOf(callsOf(ground, home, ecr)),
    password: async (address) => (await aws(address, 'ecr', 'get-login-password')).trim(),
    async tryAll(address) {
      const env = { ...ground.env(address, home), AWS_CONFIG_FILE: join(home, 'unchecked'), AWS_MAX_ATTEMPTS: '1' };
      const said = await ground.commands.ok(join(folder, 'python'), ['-c', tryAllProgram], { env });
      return JSON.parse(said) as Tried[];
    },
  };
}

const getsPassword: Step<Cli> = async (client, { address, ground }) => {
  const authorization = `Basic ${Buffer.from(`AWS:${await client.password(address)}`).toString('base64')}`;
  expect((await registryAt(ground.registryUrl, authorization).send('GET', '/v2/')).status).toBe(200);
};

/** Operations of ECR that are younger than this CLI. */
const unknownToIt = [
  'DescribeReplicationBackfillResults',
  'ListReplicationBackfills',
  'StartReplicationBackfill',
  'StopReplicationBackfill',
];

const callsEveryOperation: Step<Cli> = async (client, { address }) => {
  const { model, built, notBuilt } = serviceOf('ecr');
  const tried = await client.tryAll(address);
  const known = tried.map(({ operation }) => operation);
  expect([...known, ...unknownToIt].toSorted()).toEqual([...model.operations.keys()].toSorted());
  for (const { operation, said } of tried) {
    const refusal = `The operation ${operation} is not built yet`;
    if (notBuilt.includes(operation)) expect(said).toContain(refusal);
    else expect(said, operation).not.toMatch(/not built yet|\(5\d\d\)|InternalFailure|ServerException|Unable to parse/);
  }
  // what wants no parameter has succeeded, everything else was told what it lacks, or that there is no policy yet
  const refused = tried.filter(({ operation, code }) => built.includes(operation) && code !== 0);
  for (const { operation, said } of refused)
    expect(said, operation).toMatch(/InvalidParameter|Validation|RegistryPolicyNotFound/);
  const succeeded = tried.filter(({ code }) => code === 0).map(({ operation }) => operation);
  expect(succeeded).toEqual(expect.arrayContaining(['DescribeRegistry', 'DescribeRepositories']));
  expect(succeeded).toContain('GetAuthorizationToken');
};

export const awsCli = row<Cli>({
  name: 'AWS CLI',
  source: 'PyPI',
  missing: () => undefined,
  start,
  cells: {
    push: pushesImage,
    'pull by tag': pullsByTag,
    'pull by digest': pullsByDigest,
    index: pushesAndPullsIndex,
    mount: 'The AWS API has no operation that mounts.',
    delete: deletes,
    referrers: refers,
  },
  more: {
    'gets a login password that the registry takes': getsPassword,
    'calls each of the 58 operations that it knows, and is told of each that is not built yet': callsEveryOperation,
  },
});
