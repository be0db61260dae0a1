/** Every error that IAM's model declares for operations on roles and policies: reached, or told why it cannot occur. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { roleAndPolicyOperations, unreachedRoleErrors } from '../../../../scripts/reference/unreached-iam-errors.ts';
import { defaultIamLimits } from '../../../../src/core/iam/summary/limits.ts';
import { errorTable } from '../../../../src/domain/errors.ts';
import { startApp, type RunningApp } from '../../../support/app.ts';
import { operationOf, serviceOf, shapeOf } from '../../../support/wire/service-tables.ts';
import { iamErrorCases, openErrorWorld, smallLimits } from './error-cases.ts';
import { iamAt, refusalOf, type RecordedIam } from './iam-client.ts';

const service = serviceOf('iam');

let app: RunningApp;
let admin: RecordedIam;

beforeAll(async () => {
  app = await startApp({ limits: { iam: { ...defaultIamLimits, ...smallLimits } } });
  admin = iamAt(app);
  await openErrorWorld(admin.iam);
});

afterAll(async () => {
  await app.close();
});

type Calls = Readonly<Record<string, (input: object) => Promise<unknown>>>;

test.each(iamErrorCases)('$operation: $error where $when', async ({ operation, error, kind, input, message }) => {
  const { iam } = admin;
  const method = operation.charAt(0).toLowerCase() + operation.slice(1);
  const call = (iam as unknown as Calls)[method]?.call(iam, input) ?? Promise.resolve();
  const shape = shapeOf(service, error);
  const traits = shape.type === 'structure' ? shape.exception : undefined;
  expect(await refusalOf(admin, call)).toEqual({ status: traits?.httpStatus, code: traits?.code, message });
  expect(errorTable[kind].aws).toBe(error);
});

test('every error of every such operation is reached, or told why it cannot occur, and not both', () => {
  // Of every operation of IAM it is reached in service-failure.test.ts.
  const declared = roleAndPolicyOperations.flatMap((operation) =>
    operationOf(service, operation)
      .errors.filter(({ name }) => name !== 'ServiceFailureException')
      .map(({ name }) => `${operation} ${name}`),
  );
  const reached = new Set(iamErrorCases.map(({ operation, error }) => `${operation} ${error}`));
  const told = unreachedRoleErrors.flatMap(({ operations, error }) => operations.map((one) => `${one} ${error}`));
  expect([...reached, ...told].toSorted()).toEqual(declared.toSorted());
  expect(roleAndPolicyOperations.every((operation) => service.built.includes(operation))).toBe(true);
});
