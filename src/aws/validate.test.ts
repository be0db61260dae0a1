import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { ProtocolError } from './errors.ts';
import { parseModel, readModel } from './model.ts';
import { validateInput } from './validate.ts';

const ecr = readModel('ecr');
const sts = readModel('sts');
const repositoryPattern = '[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*';

function refusal(service: 'ecr' | 'sts', operation: string, input: object): string {
  const model = service === 'ecr' ? ecr : sts;
  const shape = model.operations.get(operation)?.input ?? expect.unreachable();
  try {
    validateInput(model, shape, input);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    expect(error.code).toBe(service === 'ecr' ? 'InvalidParameterException' : undefined);
    return error.message;
  }
  return '';
}

describe('ECR names the first field that is wrong', () => {
  const repositoryName = 'a/b';
  test.each([
    ['CreateRepository', {}, 'repositoryName', 'must not be null'],
    ['CreateRepository', { repositoryName: 'a' }, 'repositoryName', 'must have length greater than or equal to 2'],
    [
      'CreateRepository',
      { repositoryName: 'a'.repeat(257) },
      'repositoryName',
      'must have length less than or equal to 256',
    ],
    [
      'CreateRepository',
      { repositoryName: 'Team' },
      'repositoryName',
      `must satisfy regular expression '${repositoryPattern}'`,
    ],
    [
      'CreateRepository',
      { repositoryName, tags: [{ Key: 'k', Value: 'v' }, { Value: 'v' }] },
      'tags.2.member.key',
      'Member must not be null',
    ],
    ['CreateRepository', { repositoryName, tags: [undefined] }, 'tags.1.member', 'Member must not be null'],
    ['PutImageTagMutability', { repositoryName }, 'imageTagMutability', 'Member must not be null'],
    [
      'PutImageTagMutability',
      { repositoryName, imageTagMutability: 'immutable' },
      'imageTagMutability',
      'Member must satisfy enum value set: [IMMUTABLE, MUTABLE, MUTABLE_WITH_EXCLUSION, IMMUTABLE_WITH_EXCLUSION]',
    ],
    [
      'BatchGetImage',
      { repositoryName, imageIds: [] },
      'imageIds',
      'Member must have length greater than or equal to 1',
    ],
    [
      'BatchGetImage',
      { repositoryName, imageIds: Array.from({ length: 101 }, () => ({})) },
      'imageIds',
      'Member must have length less than or equal to 100',
    ],
    [
      'ListImages',
      { repositoryName, maxResults: 1001 },
      'maxResults',
      'Member must have value less than or equal to 1000',
    ],
    [
      'ListImages',
      { repositoryName, maxResults: 0 },
      'maxResults',
      'Member must have value greater than or equal to 1',
    ],
    [
      'ListImages',
      { repositoryName, registryId: '1' },
      'registryId',
      'Member must satisfy regular expression pattern: [0-9]{12}',
    ],
    [
      'DescribeRepositories',
      { repositoryNames: ['ab', 'a'] },
      'repositoryNames.2.member',
      'must have length greater than or equal to 2',
    ],
  ])('%s %j', (operation, input, field, text) => {
    expect(refusal('ecr', operation, input)).toBe(
      `Invalid parameter at '${field}' failed to satisfy constraint: '${text}'`,
    );
  });

  test('and nothing where nothing is wrong', () => {
    const part = {
      repositoryName,
      uploadId: '01234567-0123-0123-0123-0123456789ab',
      partFirstByte: 0,
      partLastByte: 1,
    };
    expect(refusal('ecr', 'CreateRepository', { repositoryName, tags: [{ Key: '', Value: '' }] })).toBe('');
    expect(refusal('ecr', 'UploadLayerPart', { ...part, layerPartBlob: Buffer.alloc(20_971_520) })).toBe('');
    expect(refusal('ecr', 'UploadLayerPart', { ...part, layerPartBlob: Buffer.alloc(20_971_521) })).toContain(
      'layerPartBlob',
    );
  });

  test('and comes back from hostile names', () => {
    for (const name of [
      `${'a-'.repeat(127)}!`,
      `${'a'.repeat(255)}!`,
      `a${'_'.repeat(255)}`,
      '/'.repeat(256),
      'a.'.repeat(128),
    ]) {
      expect(refusal('ecr', 'DeleteRepository', { repositoryName: name })).toContain('must satisfy regular expression');
    }
  });
});

describe('the other services list what is wrong with its value', () => {
  const RoleArn = 'arn:aws:iam::123456789012:role/r';
  test.each([
    [
      'GetFederationToken',
      {},
      "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null",
    ],
    [
      'AssumeRole',
      { RoleArn, RoleSessionName: '!' },
      "2 validation errors detected: Value '!' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2; Value '!' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
    ],
    [
      'AssumeRole',
      { RoleArn, RoleSessionName: 'ok', DurationSeconds: 1 },
      "1 validation error detected: Value '1' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
    ],
    [
      'AssumeRole',
      { RoleArn, RoleSessionName: 'ok', Tags: [{ Key: 'k' }] },
      "1 validation error detected: Value null at 'tags.1.member.value' failed to satisfy constraint: Member must not be null",
    ],
    [
      'AssumeRole',
      { RoleArn, RoleSessionName: 'ok', TransitiveTagKeys: ['', 'k', 'x'.repeat(129)] },
      `1 validation error detected: Value '[, k, ${'x'.repeat(129)}]' at 'transitiveTagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+]`,
    ],
  ])('%s %j', (operation, input, message) => expect(refusal('sts', operation, input)).toBe(message));

  test('but never a sensitive one', () => {
    const text = JSON.stringify({
      metadata: { serviceId: 'X', protocol: 'json', signingName: 'x', auth: [] },
      operations: { Op: { input: 'In' } },
      shapes: {
        In: { type: 'structure', members: { Secret: { shape: 'S' } } },
        S: { type: 'string', min: 8, sensitive: true },
      },
    });
    const model = parseModel(JSON.parse(text));
    const run = (): void =>
      validateInput(model, model.operations.get('Op')?.input ?? expect.unreachable(), { Secret: 'hunter2' });
    expect(run).toThrow(
      "1 validation error detected: Value at 'secret' failed to satisfy constraint: Member must have length greater than or equal to 8",
    );
  });
});

describe('a model', () => {
  test.each(['ecr', 'sts'])('of %s resolves every reference', (name) => {
    const raw = JSON.parse(readFileSync(new URL(`../../models/${name}.json`, import.meta.url), 'utf8'));
    const model = readModel(name);
    expect([...model.operations.keys()]).toEqual(Object.keys(raw.operations));
    expect([...model.shapes.keys()].toSorted()).toEqual(Object.keys(raw.shapes).toSorted());
    for (const [operation, { input }] of model.operations) expect(input?.name).toBe(raw.operations[operation].input);
  });

  test('knows which inputs may be long and which operations need no signature', () => {
    expect([...ecr.operations.values()].filter(({ longInput }) => longInput).map(({ name }) => name)).toEqual([
      'PutImage',
      'UploadLayerPart',
    ]);
    expect([...sts.operations.values()].filter(({ unsigned }) => unsigned).map(({ name }) => name)).toEqual([
      'AssumeRoleWithWebIdentity',
    ]);
  });

  test('may have shapes that contain themselves', () => {
    const model = parseModel({
      metadata: { serviceId: 'X' },
      operations: {},
      shapes: {
        Tree: { type: 'structure', members: { children: { shape: 'Trees' } } },
        Trees: { type: 'list', member: { shape: 'Tree' } },
      },
    });
    const tree = model.shapes.get('Tree');
    const trees = tree?.type === 'structure' ? tree.members.get('children')?.shape : undefined;
    expect(trees?.type === 'list' && trees.member).toBe(tree);
  });

  test('does not serve with a reference that leads nowhere', () => {
    const broken = {
      metadata: { serviceId: 'X' },
      operations: {},
      shapes: { L: { type: 'list', member: { shape: 'Gone' } } },
    };
    expect(() => parseModel(broken)).toThrow('the model of X has no shape Gone');
  });
});
