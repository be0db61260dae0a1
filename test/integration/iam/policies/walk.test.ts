/** The SDK over every operation on roles and policies, and what came over the wire held against the model. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { roleAndPolicyOperations } from '../../../../scripts/reference/unreached-iam-errors.ts';
import { startApp, type RunningApp } from '../../../support/app.ts';
import { walkRolesAndPolicies } from '../../../support/wire/iam-walk.ts';
import { faultsOf } from '../../../support/wire/output-faults.ts';
import { outputIn } from '../../../support/wire/raw-answers.ts';
import { operationOf, serviceOf } from '../../../support/wire/service-tables.ts';
import { iamAt, type RecordedIam } from './iam-client.ts';

const service = serviceOf('iam');

let app: RunningApp;
let walked: RecordedIam['answers'];

beforeAll(async () => {
  app = await startApp();
  const { iam, answers } = iamAt(app);
  await walkRolesAndPolicies(iam);
  walked = answers;
});

afterAll(async () => {
  await app.close();
});

test.each(roleAndPolicyOperations)('%s answers as its model says, and nothing else', (operation) => {
  const answers = walked.filter((answer) => answer.operation === operation);
  expect(answers.length).toBeGreaterThan(0);
  const { output } = operationOf(service, operation);
  for (const answer of answers) {
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('text/xml');
    if (output) expect(faultsOf(output, outputIn(service, output, answer), operation), answer.body).toEqual([]);
    else expect(answer.body).toMatch(new RegExp(`^<${operation}Response [^>]*><ResponseMetadata><RequestId>[^<]+</`));
  }
});

test('the walk sees every member of what is shown', () => {
  const seen = walked.map(({ body }) => body).join('\n');
  for (const member of [
    ...['RoleLastUsed', 'PermissionsBoundaryArn', 'MaxSessionDuration', 'Description', 'AssumeRolePolicyDocument'],
    ...['AttachmentCount', 'PermissionsBoundaryUsageCount', 'DefaultVersionId', 'UpdateDate', 'IsAttachable'],
    ...['PolicyGroups', 'PolicyUsers', 'PolicyRoles', 'GroupId', 'UserId', 'RoleId', 'Marker', 'Document', 'Key'],
  ])
    expect(seen, member).toContain(`<${member}>`);
});
