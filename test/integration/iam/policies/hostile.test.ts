/** Every text of every operation on roles and policies as somebody hostile would fill it in: never our failure. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { roleAndPolicyOperations } from '../../../../scripts/reference/unreached-iam-errors.ts';
import type { Shape } from '../../../../src/aws/model.ts';
import { account, startApp, type RunningApp } from '../../../support/app.ts';
import { operationOf, serviceOf } from '../../../support/wire/service-tables.ts';
import { allow, iamAt, serviceTrust, trust, type RecordedIam } from './iam-client.ts';

const service = serviceOf('iam');

let app: RunningApp;
let admin: RecordedIam;

beforeAll(async () => {
  app = await startApp();
  admin = iamAt(app);
});

afterAll(async () => {
  await app.close();
});

const deep = (depth: number): string => `${'{"Statement":['.repeat(depth)}${']}'.repeat(depth)}`;

const texts = [
  ...['', '\u0000', "'; drop table iam_role; --", '%', '*', '${aws:username}', '//', '__proto__', 'v1', 'v0', '\r\n'],
  ...['é'.repeat(200), 'x'.repeat(3000), '<&>"', 'aws:x', ':::::::::::::::::::::', 'null', deep(50), deep(4000)],
  ...[`arn:aws:iam::${account}:policy//x`, 'arn:aws:iam::aws:policy/__proto__', `arn:aws:iam::${account}:role/x`],
  ...[
    allow('*'),
    serviceTrust,
    trust('*', `arn:aws:iam::${account}:user/${'*'.repeat(60)}`),
    trust('AIDAXXXXXXXXXXXXXXXX'),
  ],
  JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '\ud800:*', Resource: '\udfff' } }),
];

/** A value of a shape in which every text is this one. */
function filled(shape: Shape, text: string): unknown {
  switch (shape.type) {
    case 'structure':
      return Object.fromEntries(
        [...shape.members.values()].map(({ name, shape: inner }) => [name, filled(inner, text)]),
      );
    case 'list':
      return [filled(shape.member, text)];
    case 'integer':
      return 3600;
    case 'boolean':
      return true;
    default:
      return text;
  }
}

type Calls = Readonly<Record<string, (input: object) => Promise<unknown>>>;

test.each(roleAndPolicyOperations)('%s', async (operation) => {
  const { iam, answers } = admin;
  const method = operation.charAt(0).toLowerCase() + operation.slice(1);
  const { input } = operationOf(service, operation);
  const usual = {
    RoleName: 'r',
    UserName: 'u',
    GroupName: 'g',
    PolicyName: 'p',
    PolicyArn: 'arn:aws:iam::aws:policy/x',
  };
  const attempts = texts.flatMap((text) => {
    const whole = input ? (filled(input, text) as object) : {};
    return [whole, { ...whole, ...usual, Path: '/', Tags: [], MaxItems: 1, Marker: undefined }];
  });
  const before = answers.length;
  const call = (iam as unknown as Calls)[method];
  await Promise.allSettled(attempts.map(async (attempt) => await call?.call(iam, attempt)));
  const given = answers.slice(before);
  expect(given).toHaveLength(attempts.length);
  expect(given.filter(({ status }) => status >= 500)).toEqual([]);
});
