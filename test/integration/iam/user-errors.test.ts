/** Every error that IAM's model declares for operations on users, keys and groups: reached, or told why it cannot occur. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unreachedUserErrors, userOperations } from '../../../scripts/reference/unreached-user-errors.ts';
import { defaultIamLimits } from '../../../src/core/iam/summary/limits.ts';
import { errorTable } from '../../../src/domain/errors.ts';
import { startApp, type RunningApp } from '../../support/app.ts';
import { operationOf, serviceOf, shapeOf } from '../../support/wire/service-tables.ts';
import { iamAt, refusalOf, type RecordedIam } from './policies/iam-client.ts';
import { openUserWorld, smallUserLimits, userErrorCases } from './user-error-cases.ts';

const service = serviceOf('iam');

let app: RunningApp;
let admin: RecordedIam;

beforeAll(async () => {
  app = await startApp({ limits: { iam: { ...defaultIamLimits, ...smallUserLimits } } });
  admin = iamAt(app);
  await openUserWorld(admin.iam);
});

afterAll(async () => {
  await app?.close();
});

type Calls = Readonly<Record<string, (input: object) => Promise<unknown>>>;

test.each(userErrorCases)('$operation: $error where $when', async ({ operation, error, kind, input, message }) => {
  const method = operation.charAt(0).toLowerCase() + operation.slice(1);
  const call = (admin.iam as unknown as Calls)[method]?.call(admin.iam, input) ?? Promise.resolve();
  const shape = shapeOf(service, error);
  const traits = shape.type === 'structure' ? shape.exception : undefined;
  expect(await refusalOf(admin, call)).toEqual({ status: traits?.httpStatus, code: traits?.code, message });
  expect(errorTable[kind].aws).toBe(error);
});

test('every error of every such operation is reached, or told why it cannot occur, and not both', () => {
  // Of every operation of IAM it is reached in service-failure.test.ts.
  const declared = userOperations.flatMap((operation) =>
    operationOf(service, operation)
      .errors.filter(({ name }) => name !== 'ServiceFailureException')
      .map(({ name }) => `${operation} ${name}`),
  );
  const reached = new Set(userErrorCases.map(({ operation, error }) => `${operation} ${error}`));
  const told = unreachedUserErrors.flatMap(({ operations, error }) => operations.map((one) => `${one} ${error}`));
  expect([...reached, ...told].toSorted()).toEqual(declared.toSorted());
  expect(userOperations.every((operation) => service.built.includes(operation))).toBe(true);
});
