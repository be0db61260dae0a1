/** Every error that STS's model declares for the operations that are built: reached, or told why it cannot occur. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unreachedStsErrors } from '../../../scripts/reference/unreached-sts-errors.ts';
import { errorTable } from '../../../src/domain/errors.ts';
import { startApp, type RunningApp } from '../../support/app.ts';
import { makeRole } from '../../support/sessions.ts';
import { operationOf, serviceOf, shapeOf } from '../../support/wire/service-tables.ts';
import { roleName, stsErrorCases } from './sts-error-cases.ts';

const service = serviceOf('sts');

let app: RunningApp;

beforeAll(async () => {
  app = await startApp();
  await makeRole(app.iam(), roleName);
});

afterAll(async () => {
  await app.close();
});

type Calls = Readonly<Record<string, (input: object) => Promise<unknown>>>;

test.each(stsErrorCases)('$operation: $error where $when', async ({ operation, error, kind, input, message }) => {
  const sts = app.sts();
  const method = operation.charAt(0).toLowerCase() + operation.slice(1);
  const call = (sts as unknown as Calls)[method]?.call(sts, input);
  const shape = shapeOf(service, error);
  const { httpStatus } = (shape.type === 'structure' ? shape.exception : undefined) ?? {};
  const said = message instanceof RegExp ? expect.stringMatching(message) : message;
  await expect(call).rejects.toMatchObject({ name: error, message: said, $metadata: { httpStatusCode: httpStatus } });
  expect(errorTable[kind].aws).toBe(error);
});

test('every error of every operation is reached, or told why it cannot occur, and not both', () => {
  const declared = service.built.flatMap((operation) =>
    operationOf(service, operation).errors.map(({ name }) => `${operation} ${name}`),
  );
  const reached = new Set(stsErrorCases.map(({ operation, error }) => `${operation} ${error}`));
  const told = unreachedStsErrors.flatMap(({ operations, error }) => operations.map((one) => `${one} ${error}`));
  expect([...reached, ...told].toSorted()).toEqual(declared.toSorted());
});
