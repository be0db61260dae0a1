/** Every error that ECR's model declares for an operation that is built: reached here, or told why it cannot occur. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unreachedErrors } from '../../../scripts/reference/unreached-errors.ts';
import { errorTable } from '../../../src/domain/errors.ts';
import { startApp, type RunningApp } from '../../support/app.ts';
import { account } from '../../support/stowage.ts';
import { faultsOf } from '../../support/wire/output-faults.ts';
import type { RawAnswer } from '../../support/wire/raw-answers.ts';
import { operationOf, serviceOf, shapeOf } from '../../support/wire/service-tables.ts';
import { resolve, type ErrorCase } from './cases.ts';
import { imageCases } from './image-cases.ts';
import { inputs } from './inputs.ts';
import { layerCases } from './layer-cases.ts';
import { policyCases } from './policy-cases.ts';
import { registryCases } from './registry-cases.ts';
import { repositoryCases } from './repository-cases.ts';
import { callEcr, damage, openWorld, type World } from './world.ts';

const ecr = serviceOf('ecr');
const declared = ecr.built.flatMap((operation) =>
  operationOf(ecr, operation).errors.map((error): [operation: string, error: string] => [operation, error.name]),
);
const operationsWith = (error: string): string[] => declared.filter((pair) => pair[1] === error).map(([name]) => name);

const missing = operationsWith('RepositoryNotFoundException').map((operation): ErrorCase => ({
  operation,
  error: 'RepositoryNotFoundException',
  kind: 'repositoryNotFound',
  when: 'there is no such repository',
  input: inputs[operation]?.('none') ?? {},
  message: `The repository with name 'none' does not exist in the registry with id '${account}'`,
}));

const cases = [...repositoryCases, ...imageCases, ...layerCases, ...registryCases, ...policyCases, ...missing];

/** Type and message as they came, and in what the rest differs from the model. */
function readRefusal({ status, headers, body }: RawAnswer): Record<string, unknown> {
  expect(headers['content-type']).toBe('application/x-amz-json-1.1');
  const { __type: error, ...rest } = JSON.parse(body) as Record<string, unknown>;
  expect(faultsOf(shapeOf(ecr, String(error)), rest, String(error))).toEqual([]);
  return { status, error, ...rest };
}

describe('ECR', () => {
  let world: World;

  beforeAll(async () => {
    world = await openWorld();
  });

  afterAll(async () => {
    await world?.app.close();
  });

  test.each(cases)('$operation: $error where $when', async (one) => {
    const input = await resolve(one.input, world);
    const answer = readRefusal(await callEcr(world.app, one.operation, input, one.caller));
    const { error, status = 400, members } = one;
    expect(answer).toEqual({ status, error, message: await resolve(one.message, world), ...members });
    if (one.kind !== undefined) expect(errorTable[one.kind].aws).toBe(error);
  });
});

/** It finds out who calls, and needs nothing else of the store. */
const readsNothing = 'DescribeRegistry';

describe('ECR on a damaged database', () => {
  let app: RunningApp;

  beforeAll(async () => {
    app = await startApp({ repositories: ['errors'] });
    await damage(app, 'registry');
  });

  afterAll(async () => {
    await app?.close();
  });

  const refused = {
    status: 500,
    error: 'ServerException',
    message: 'The request failed because of an internal error.',
  };

  const others = operationsWith('ServerException').filter((operation) => operation !== readsNothing);

  test.each([...others, readsNothing])('%s: ServerException', async (operation) => {
    if (operation === readsNothing) await damage(app, 'accounts');
    const input = inputs[operation]?.('errors') ?? {};
    expect(readRefusal(await callEcr(app, operation, input))).toEqual(refused);
  });
});

test('every error of every operation is reached, or told why it cannot occur, and not both', () => {
  const reached = new Set(cases.map(({ operation, error }) => `${operation} ${error}`));
  for (const operation of operationsWith('ServerException')) reached.add(`${operation} ServerException`);
  const told = unreachedErrors
    .filter(({ service }) => service === 'ecr')
    .flatMap(({ operations, error }) => operations.map((operation) => `${operation} ${error}`));
  expect([...reached, ...told].toSorted()).toEqual(declared.map((pair) => pair.join(' ')).toSorted());
});

test('every operation that is built has an input that is whole', () => {
  expect(Object.keys(inputs).toSorted()).toEqual(ecr.built.toSorted());
});
