/**
 * A walk with the unmodified SDK over every operation that is built, and what was answered held against the models: not
 * what the SDK made of it, which overlooks much, but what came over the wire.
 */
import { ECR } from '@aws-sdk/client-ecr';
import { IAM } from '@aws-sdk/client-iam';
import { STS } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operationOf, serviceOf, services } from '../support/wire/service-tables.ts';
import { logIn } from '../support/aws.ts';
import {
  describeImage,
  digestOf,
  makeArtifact,
  makeIndex,
  mediaTypes,
  seededBytes,
  seededImage,
} from '../support/images.ts';
import { faultsOf } from '../support/wire/output-faults.ts';
import { outputIn, recordAnswers, type RawAnswer } from '../support/wire/raw-answers.ts';
import { registryAt, type Registry } from '../support/registry.ts';
import { emptyCall, sendSigned } from '../support/wire/signed-requests.ts';
import { account, region, startStowage, type Stowage } from '../support/stowage.ts';
import { walkSts } from '../support/wire/sts-walk.ts';
import { readXml } from '../support/wire/xml-answers.ts';
import { alwaysRefused, walkUsers } from '../support/wire/iam-user-walk.ts';
import { walkRolesAndPolicies } from '../support/wire/iam-walk.ts';

const repositoryName = 'team/walk';
const resourceArn = `arn:aws:ecr:${region}:${account}:repository/${repositoryName}`;
const pushed = seededImage('pushed', 2, 900);
const put = seededImage('put', 1, 900);
const index = makeIndex([pushed]);
const absent = digestOf('nobody has this');

/** Members of outputs that only come with failures, filters, pages and the like are made to come. */
async function walkEcr(ecr: ECR, registry: Registry): Promise<void> {
  await ecr.getAuthorizationToken({});
  await ecr.getAuthorizationToken({ registryIds: [account, '210987654321'] });
  await ecr.describeRegistry({});
  await ecr.putAccountSetting({ name: 'BLOB_MOUNTING', value: 'ENABLED' });
  await ecr.getAccountSetting({ name: 'BLOB_MOUNTING' });
  await ecr.createRepository({ repositoryName: 'plain' });
  await ecr.createRepository({
    repositoryName,
    imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
    imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'latest*' }],
    imageScanningConfiguration: { scanOnPush: true },
    encryptionConfiguration: { encryptionType: 'AES256' },
    tags: [{ Key: 'team', Value: 'blue' }],
  });
  await ecr.describeRepositories({ repositoryNames: [repositoryName] });
  await ecr.describeRepositories({ maxResults: 1 });
  await ecr.tagResource({ resourceArn, tags: [{ Key: 'cost', Value: '' }] });
  await ecr.untagResource({ resourceArn, tagKeys: ['team'] });
  await ecr.listTagsForResource({ resourceArn });
  await walkPolicies(ecr);
  await walkLayers(ecr);
  await walkImages(ecr, registry);
  const imageTagMutabilityExclusionFilters = [{ filterType: 'WILDCARD' as const, filter: 'v*' }];
  await ecr.putImageTagMutability({
    repositoryName,
    imageTagMutability: 'MUTABLE_WITH_EXCLUSION',
    imageTagMutabilityExclusionFilters,
  });
  await ecr.putImageTagMutability({ repositoryName, imageTagMutability: 'MUTABLE' });
  await ecr.deleteRepository({ repositoryName: 'plain' });
  await ecr.deleteRepository({ repositoryName, force: true });
}

async function walkPolicies(ecr: ECR): Promise<void> {
  const statement = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` } };
  const document = (more: object): string =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Sid: 'Walk', ...statement, ...more }] });
  await ecr.setRepositoryPolicy({ repositoryName, policyText: document({ Action: 'ecr:ListImages' }) });
  await ecr.getRepositoryPolicy({ repositoryName });
  await ecr.deleteRepositoryPolicy({ repositoryName });
  const Resource = `arn:aws:ecr:${region}:${account}:repository/*`;
  await ecr.putRegistryPolicy({ policyText: document({ Action: 'ecr:CreateRepository', Resource }) });
  await ecr.getRegistryPolicy({});
  await ecr.deleteRegistryPolicy({});
}

async function walkLayers(ecr: ECR): Promise<void> {
  for (const { bytes, digest } of [...put.layers, ...(put.config ? [put.config] : [])]) {
    const { uploadId } = await ecr.initiateLayerUpload({ repositoryName });
    const part = { partFirstByte: 0, partLastByte: bytes.length - 1, layerPartBlob: bytes };
    await ecr.uploadLayerPart({ repositoryName, uploadId, ...part });
    await ecr.completeLayerUpload({ repositoryName, uploadId, layerDigests: [digest] });
  }
  const layerDigests = [put.layers[0]?.digest ?? '', absent, 'no digest', ''];
  await ecr.batchCheckLayerAvailability({ repositoryName, layerDigests });
  await ecr.putImage({ repositoryName, imageManifest: put.manifest.toString(), imageTag: 'v1' });
  await ecr.batchCheckLayerAvailability({ repositoryName, layerDigests });
  await ecr.getDownloadUrlForLayer({ repositoryName, layerDigest: put.layers[0]?.digest });
}

async function walkImages(ecr: ECR, registry: Registry): Promise<void> {
  await registry.pushImage(repositoryName, index, 'multi');
  const artifact = makeArtifact('application/vnd.example.signature', seededBytes('signature', 40));
  const subject = describeImage(put);
  const manifest = JSON.stringify({
    ...JSON.parse(artifact.manifest.toString()),
    subject,
    annotations: { by: 'walk' },
  });
  for (const blob of [...artifact.layers, ...(artifact.config ? [artifact.config] : [])])
    await registry.pushBlob(repositoryName, blob);
  await ecr.putImage({ repositoryName, imageManifest: manifest });
  await ecr.putImage({ repositoryName, imageManifest: manifest, imageTag: 'signature' });
  const subjectId = { imageDigest: put.digest };
  await ecr.listImageReferrers({ repositoryName, subjectId });
  await ecr.listImageReferrers({ repositoryName, subjectId, filter: { artifactTypes: ['none'] } });
  await ecr.listImages({ repositoryName });
  await ecr.listImages({ repositoryName, maxResults: 1, filter: { tagStatus: 'TAGGED' } });
  const imageIds = [
    { imageTag: 'v1' },
    { imageDigest: index.digest },
    { imageTag: 'absent' },
    { imageDigest: absent, imageTag: 'v1' },
    { imageDigest: 'no digest' },
    { imageTag: 'no tag' },
    {},
  ];
  await ecr.batchGetImage({ repositoryName, imageIds, acceptedMediaTypes: [mediaTypes.ociManifest] });
  await ecr.describeImages({ repositoryName });
  await ecr.describeImages({ repositoryName, maxResults: 1 });
  await ecr.describeImages({ repositoryName, imageIds: [{ imageTag: 'signature' }] });
  const children = [{ imageDigest: pushed.digest }];
  await ecr.batchDeleteImage({ repositoryName, imageIds: [...imageIds.slice(2), ...children, { imageTag: 'multi' }] });
}

let server: Stowage;
const answers = new Map<string, RawAnswer[]>(services.map(({ name }) => [name, []]));

beforeAll(async () => {
  server = await startStowage();
  const registry = registryAt(server.url, (await logIn(server)).authorization);
  const configuration = { endpoint: server.url, region, credentials: { ...server.credentials }, maxAttempts: 1 };
  const ecr = new ECR(configuration);
  const sts = new STS(configuration);
  const iam = new IAM(configuration);
  answers.set('ecr', recordAnswers(ecr)).set('sts', recordAnswers(sts)).set('iam', recordAnswers(iam));
  await walkEcr(ecr, registry);
  await walkSts(sts, iam, server);
  await walkUsers(iam);
  await walkRolesAndPolicies(iam);
  ecr.destroy();
  sts.destroy();
  iam.destroy();
});

afterAll(async () => {
  await server?.close();
});

const partsOf = (xml: string): string[] => readXml(xml).children.map(({ name }) => name);

describe.each(services)('the walk over $name', (service) => {
  const { name, built, notBuilt, model } = service;

  test('calls every operation that is built, and each is answered', () => {
    const walked = answers.get(name) ?? [];
    expect(new Set(walked.map(({ operation }) => operation))).toEqual(new Set(built));
    const wrong = walked.filter(({ operation, status }) => status !== (alwaysRefused.has(operation) ? 404 : 200));
    expect(wrong).toEqual([]);
  });

  test.each(built)('%s answers as its model says, and nothing else', (operation) => {
    const { output } = operationOf(service, operation);
    for (const answer of (answers.get(name) ?? []).filter((each) => each.operation === operation)) {
      const json = model.metadata.protocol === 'json';
      expect(answer.headers['content-type']).toBe(json ? 'application/x-amz-json-1.1' : 'text/xml');
      expect(answer.headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/);
      if (alwaysRefused.has(operation)) expect(answer.body).toContain('<Code>NoSuchEntity</Code>');
      else if (!output) expect(json ? answer.body : partsOf(answer.body)).toEqual(json ? '{}' : ['ResponseMetadata']);
      else expect(faultsOf(output, outputIn(service, output, answer), operation), answer.body).toEqual([]);
    }
  });

  test('every other operation answers 501 and names itself', async () => {
    const { url, credentials } = server;
    const wrong: unknown[] = [];
    for (const operation of notBuilt) {
      const answer = await sendSigned({ url, credentials, service: name, ...emptyCall(service, operation) });
      const code = /"__type":"(\w+)"|<Code>(\w+)<\/Code>/.exec(answer.body)?.slice(1).join('');
      const said = answer.body.includes(`The operation ${operation} is not built yet in Stowage`);
      if (answer.status !== 501 || code !== 'UnsupportedOperationException' || !said) wrong.push(operation, answer);
    }
    expect(wrong).toEqual([]);
  });
});

test('the walk sees every form that an answer can take', () => {
  const seen = (answers.get('ecr') ?? []).map(({ body }) => body).join('\n');
  for (const word of [
    ...['ImageNotFound', 'ImageTagDoesNotMatchDigest', 'InvalidImageDigest', 'InvalidImageTag', 'MissingDigestAndTag'],
    ...['ImageReferencedByManifestList', 'InvalidLayerDigest', 'MissingLayerDigest', 'UNAVAILABLE', 'nextToken'],
    ...['lastRecordedPullTime', 'subjectManifestDigest', 'artifactMediaType', 'imageTagMutabilityExclusionFilters'],
    ...['annotations', 'artifactStatus', 'imageTags', 'imageManifestMediaType', 'mediaType', 'expiresAt', 'Key'],
  ])
    expect(seen, word).toContain(`"${word}"`);
});

test('the walk is over services that are there', () => {
  expect(services.map(({ name }) => name)).toEqual(expect.arrayContaining(['ecr', 'ecr-public', 'sts', 'iam']));
  expect(serviceOf('ecr').built.length + serviceOf('ecr').notBuilt.length).toBe(62);
  expect(serviceOf('iam').built).toHaveLength(80);
  expect(serviceOf('iam').notBuilt).toHaveLength(30);
});
