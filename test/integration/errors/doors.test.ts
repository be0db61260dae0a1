/** What is refused around every operation of the AWS API: by the wire, by who is asking, and by a registry that is unwell. */
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { commonFailures, unreachedFailures, unreachedKinds } from '../../../scripts/reference/unreached-errors.ts';
import { failures } from '../../../src/aws/errors.ts';
import { errorTable } from '../../../src/domain/errors.ts';
import { unchargedBytes } from '../../../src/http/body.ts';
import { startApp, type RunningApp } from '../../support/app.ts';
import { account } from '../../support/stowage.ts';
import { serviceOf } from '../../support/wire/service-tables.ts';
import { emptyCall, signHeaders } from '../../support/wire/signed-requests.ts';
import { iamErrorCases } from '../iam/policies/error-cases.ts';
import { stsErrorCases } from '../iam/sts-error-cases.ts';
import { doorCases, refusalOf, type Protocol } from './door-cases.ts';
import { imageCases } from './image-cases.ts';
import { inputs } from './inputs.ts';
import { layerCases } from './layer-cases.ts';
import { policyCases } from './policy-cases.ts';
import { registryCases } from './registry-cases.ts';
import { repositoryCases } from './repository-cases.ts';
import { arnOf, callEcr, damage, embeddedTest, openWorld, otherAccount, type World } from './world.ts';

const types = { json: 'application/x-amz-json-1.1', query: 'text/xml' };
const whole = (protocol: Protocol) =>
  protocol === 'json'
    ? emptyCall(serviceOf('ecr'), 'DescribeRegistry')
    : emptyCall(serviceOf('sts'), 'GetCallerIdentity');

describe('a registry that is well', () => {
  let world: World;

  beforeAll(async () => {
    world = await openWorld();
  });

  afterAll(async () => {
    await world?.app.close();
  });

  test.each(doorCases)('$protocol: $code where $when', async ({ protocol, status, code, message, ask }) => {
    const { app } = world;
    const answer = await refusalOf(app, protocol, ask(app));
    const said = message instanceof RegExp ? expect.stringMatching(message) : message;
    expect(answer).toEqual({ status, code, message: said, type: types[protocol] });
  });

  /** Their input names no account: they are about the caller's own. */
  const own = ['DescribeRegistry', 'GetAuthorizationToken', ...['Get', 'Put'].map((what) => `${what}AccountSetting`)];
  own.push(...['Delete', 'Get', 'Put'].map((what) => `${what}RegistryPolicy`));
  const foreign = Object.keys(inputs).filter((operation) => !own.includes(operation));

  test.each(foreign)('%s: AccessDeniedException in the registry of another account', async (operation) => {
    const { app, foreigner } = world;
    const input = { ...inputs[operation]?.('errors'), registryId: account };
    const { status, body } = await callEcr(app, operation, input, { credentials: foreigner });
    // ListImageReferrers has no permission of its own
    const action = `ecr:${operation === 'ListImageReferrers' ? 'BatchGetImage' : operation}`;
    expect([status, JSON.parse(body)]).toEqual([
      400,
      {
        __type: 'AccessDeniedException',
        message: `User: arn:aws:iam::${otherAccount}:user/admin is not authorized to perform: ${action} on resource: ${arnOf('errors')} because no resource-based policy allows the ${action} action`,
      },
    ]);
  });
});

const mebibyte = 1024 * 1024;

/** Begins a request whose body never ends, and is taken in all the same; begins again where it is refused before `over`. */
async function beginRequest(app: RunningApp, bytes: Buffer, over: AbortSignal): Promise<void> {
  const call = emptyCall(serviceOf('ecr'), 'UploadLayerPart');
  const credentials = app.credentials();
  const headers = await signHeaders({ url: app.url, service: 'ecr', credentials, headers: call.headers, body: '' });
  const length = { 'content-length': String(28 * mebibyte) };
  const begun = request(app.url, { method: 'POST', headers: { ...headers, ...length }, agent: false });
  begun.on('error', () => {
    // it is broken off in the end
  });
  begun.once('response', () => {
    begun.destroy();
    if (!over.aborted) void beginRequest(app, bytes, over);
  });
  over.addEventListener('abort', () => begun.destroy());
  begun.write(bytes);
}

describe('a registry that is unwell', () => {
  // once is enough: the database has no part in it
  embeddedTest('asks to come back when it holds as many bytes as it may, and answers what is short', async () => {
    const app = await startApp();
    const over = new AbortController();
    const bytes = Buffer.alloc(28 * mebibyte - 1);
    const protocols: Protocol[] = ['json', 'query'];
    try {
      for (let count = 0; count < 9; count += 1) await beginRequest(app, bytes, over.signal);
      await beginRequest(app, bytes.subarray(0, 4 * mebibyte + 9 + 10 * unchargedBytes), over.signal);
      const message = 'The server is receiving too many requests at the moment. Try again.';
      const codes = { json: 'ThrottlingException', query: 'Throttling' };
      const padding = { json: ' '.repeat(20_000), query: `&Padding=${'x'.repeat(20_000)}` };
      const ask = async (protocol: Protocol): Promise<object> => {
        const { headers, body } = whole(protocol);
        const padded = { headers, body: `${body?.toString()}${padding[protocol]}` };
        return await refusalOf(app, protocol, padded).catch(() => ({ status: 200 }));
      };
      const busy = async (protocol: Protocol): Promise<void> => {
        expect(await ask(protocol)).toEqual({ status: 400, code: codes[protocol], message, type: types[protocol] });
      };
      for (const protocol of protocols) await vi.waitFor(() => busy(protocol), { timeout: 30_000 });
      expect(await callEcr(app, 'DescribeRegistry', {})).toMatchObject({ status: 200 });
      over.abort();
      await vi.waitFor(async () => expect(await ask('json')).toMatchObject({ status: 200 }), { timeout: 30_000 });
    } finally {
      over.abort();
      await app.close();
    }
  });

  embeddedTest('says that its storage is full, and changes nothing', async () => {
    const app = await startApp({ maxPages: 1 });
    try {
      const answers: { status: number; body: string }[] = [];
      for (let number = 0; answers.at(-1)?.status !== 500 && number < 2000; number += 1)
        answers.push(await callEcr(app, 'CreateRepository', { repositoryName: `full/${number}`.padEnd(250, 'x') }));
      const refused = answers.at(-1);
      expect(JSON.parse(refused?.body ?? '')).toEqual({
        __type: 'ServerException',
        message: 'The storage of this registry is full. Nothing was changed; try again when there is room.',
      });
      const { body } = await callEcr(app, 'DescribeRepositories', { maxResults: 1000 });
      const { repositories } = JSON.parse(body) as { repositories: unknown[] };
      expect(repositories).toHaveLength(answers.length - 1);
    } finally {
      await app.close();
    }
  });

  embeddedTest('says so on IAM too', async () => {
    const app = await startApp({ maxPages: 1 });
    try {
      const iam = app.iam();
      let made = 1;
      const fill = async (): Promise<never> => {
        for (; made < 2000; made += 1) {
          const Tags = Array.from({ length: 50 }, (_, number) => ({ Key: `k${number}`, Value: 'x'.repeat(250) }));
          await iam.createUser({ UserName: `user-${made}`, Tags });
        }
        throw new Error('it is not full yet');
      };
      await expect(fill()).rejects.toMatchObject({
        name: 'ServiceFailureException',
        message: 'The storage of this registry is full. Nothing was changed; try again when there is room.',
        $metadata: { httpStatusCode: 500 },
      });
      expect((await iam.getAccountSummary({})).SummaryMap?.['Users']).toBe(made);
    } finally {
      await app.close();
    }
  });

  test('names nothing of what is wrong with it, on STS', async () => {
    const app = await startApp();
    try {
      await damage(app, 'accounts');
      const message = 'The request failed because of an internal error.';
      const answer = await refusalOf(app, 'query', whole('query'));
      expect(answer).toEqual({ status: 500, code: 'InternalFailure', message, type: 'text/xml' });
    } finally {
      await app.close();
    }
  });
});

/** Reached by the tests of this file, of ecr.test.ts, of database.test.ts and of iam/ outside of the table of cases. */
const elsewhere = [
  ...['json busy', 'query busy', 'json accessDenied', 'json internal', 'query internal', 'json storageFull'],
  ...['query storageFull', 'query accessDenied', 'json expiredToken', 'query expiredToken'],
  ...['json databaseUnavailable', 'query databaseUnavailable'],
];

test('every failure of the wire is reached in both protocols, or told why it cannot occur, and not both', () => {
  const all = [...Object.keys(failures), ...Object.keys(commonFailures)].flatMap((kind) => [
    `json ${kind}`,
    `query ${kind}`,
  ]);
  const reached = new Set([...doorCases.map(({ protocol, kind }) => `${protocol} ${kind}`), ...elsewhere]);
  reached.delete('query invalidParameter');
  const told = unreachedFailures.flatMap(({ kind, protocols }) => protocols.map((protocol) => `${protocol} ${kind}`));
  expect([...reached, ...told].toSorted()).toEqual(all.toSorted());
});

test('every refusal of the registry is reached on the AWS API, or told why it cannot occur, and not both', () => {
  const cases = [
    ...repositoryCases,
    ...imageCases,
    ...layerCases,
    ...registryCases,
    ...policyCases,
    ...iamErrorCases,
    ...stsErrorCases,
  ];
  const kinds = cases.flatMap(({ kind }) => (kind === undefined ? [] : [kind]));
  const reached = new Set<string>([
    ...kinds,
    'repositoryNotFound',
    'accessDenied',
    'storageFull',
    'databaseUnavailable',
    // by users.test.ts, sts-assume-role.test.ts and sts-sessions.test.ts
    'validation',
    'invalidParameterValue',
    'unusableCredential',
  ]);
  const told = unreachedKinds.filter(({ front }) => front === 'API').map(({ kind }) => kind);
  expect([...reached, ...told].toSorted()).toEqual(Object.keys(errorTable).toSorted());
});
