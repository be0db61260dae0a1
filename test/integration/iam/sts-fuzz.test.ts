/** Whatever STS is sent, it answers in its own words: never with a fault of the server, and never not at all. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp, type RunningApp } from '../../support/app.ts';
import { policyOf } from '../../support/iam.ts';
import { keysOf, makeRole } from '../../support/sessions.ts';
import type { Credentials } from '../../support/stowage.ts';
import { sendSigned, type SignedAnswer } from '../../support/wire/signed-requests.ts';

let app: RunningApp;
let role: string;
let session: Credentials;

beforeAll(async () => {
  app = await startApp();
  role = await makeRole(app.iam(), 'Fuzzed', { may: [{ Effect: 'Allow', Action: '*', Resource: '*' }] });
  session = keysOf((await app.sts().getSessionToken({})).Credentials);
});

afterAll(async () => {
  await app.close();
});

async function ask(
  form: readonly (readonly [string, string])[],
  credentials = app.credentials(),
): Promise<SignedAnswer> {
  const fields = [['Version', '2011-06-15'], ...form.map(([name, value]) => [name, value])];
  return await sendSigned({
    url: app.url,
    service: 'sts',
    credentials,
    time: app.now(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  });
}

/** An answer, or a refusal that is the caller's fault. */
function expectAnswer({ status, body }: SignedAnswer): void {
  expect([200, 400, 403], body).toContain(status);
  expect(body).toMatch(
    status === 200 ? /^<\w+Response / : /<Type>Sender<\/Type><Code>\w+<\/Code><Message>[^<]+<\/Message>/,
  );
}

const operations = [
  'AssumeRole',
  'GetSessionToken',
  'GetFederationToken',
  'GetCallerIdentity',
  'GetAccessKeyInfo',
  'DecodeAuthorizationMessage',
];

const names = [
  'RoleArn',
  'RoleSessionName',
  'Policy',
  'PolicyArns.member.1.arn',
  'PolicyArns.member.2.arn',
  'PolicyArns.member.1',
  'DurationSeconds',
  'Tags.member.1.Key',
  'Tags.member.1.Value',
  'Tags.member.2.Key',
  'Tags.member.2.Value',
  'Tags',
  'TransitiveTagKeys.member.1',
  'ExternalId',
  'SourceIdentity',
  'Name',
  'AccessKeyId',
  'EncodedMessage',
  'SerialNumber',
  'TokenCode',
  'ProvidedContexts.member.1.ProviderArn',
];

const hostileTexts = [
  '',
  '{}',
  '[]',
  'null',
  '{"Version":"2012-10-17","Statement":[]}',
  `${'['.repeat(1500)}${']'.repeat(1500)}`,
  `${'{"Condition":'.repeat(150)}1${'}'.repeat(150)}`,
  '{"__proto__":{"Effect":"Allow"},"Statement":[]}',
  policyOf({
    Effect: 'Allow',
    Action: '*a'.repeat(300),
    Resource: `arn:aws:ecr:*:*:repository/${'*a'.repeat(300)}`,
  }),
  policyOf({ Effect: 'Allow', Action: '*', Resource: '*', Condition: { StringLike: { __proto__: '${*' } } }),
  policyOf({ Effect: 'Allow', Action: 'ecr:*', Resource: '*', Condition: { IpAddress: { 'aws:SourceIp': '::/999' } } }),
  '\u0000',
  '\ud800',
  '__proto__',
  'constructor',
  '-1',
  '1e309',
  '9'.repeat(30),
  'arn:aws:iam::123456789012:role/',
  'arn:aws:iam::123456789012:role//',
  'arn:aws:iam::123456789012:policy/__proto__',
  ':::::::::::::::::::::::::::::',
];

const values = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...hostileTexts) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 300 }) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 6 }) },
);

const forms = fc.record({
  action: fc.constantFrom(...operations),
  fields: fc.uniqueArray(fc.tuple(fc.constantFrom(...names), values), { selector: ([name]) => name, maxLength: 8 }),
  proper: fc.boolean(),
});

test('requests of any form are answered', async () => {
  await fc.assert(
    fc.asyncProperty(forms, async ({ action, fields, proper }) => {
      // Half of them get as far as the operation itself: what is required is there.
      const given = new Map<string, string>(
        proper
          ? [
              ['RoleArn', role],
              ['RoleSessionName', 'work'],
              ['Name', 'guest'],
            ]
          : [],
      );
      for (const [name, value] of fields) if (!proper || !given.has(name)) given.set(name, value);
      expectAnswer(await ask([['Action', action], ...given]));
    }),
    { numRuns: 400 },
  );
}, 60_000);

test('session policies of any form make a session that decides, or are refused', async () => {
  await fc.assert(
    fc.asyncProperty(values, async (Policy) => {
      const answer = await ask([
        ['Action', 'AssumeRole'],
        ['RoleArn', role],
        ['RoleSessionName', 'work'],
        ['Policy', Policy],
      ]);
      expectAnswer(answer);
      if (answer.status !== 200) return;
      const part = (name: string): string => new RegExp(`<${name}>([^<]+)</${name}>`).exec(answer.body)?.[1] ?? '';
      const credentials = {
        accessKeyId: part('AccessKeyId'),
        secretAccessKey: part('SecretAccessKey'),
        sessionToken: part('SessionToken'),
      };
      expectAnswer(
        await ask(
          [
            ['Action', 'GetAccessKeyInfo'],
            ['AccessKeyId', credentials.accessKeyId],
          ],
          credentials,
        ),
      );
    }),
    { numRuns: 150 },
  );
}, 60_000);

test('session tokens of any form are answered', async () => {
  const { sessionToken: token = '' } = session;
  const tokens = fc.oneof(
    fc.string({ unit: fc.constantFrom(...Array.from('abcXYZ019-_=.+/ ')), minLength: 1, maxLength: 600 }),
    fc
      .tuple(fc.nat(token.length - 1), fc.constantFrom(...Array.from('AZaz09-_=')))
      .map(([at, put]) => token.slice(0, at) + put + token.slice(at + 1)),
    fc
      .tuple(fc.nat(token.length), fc.nat(token.length))
      .map(([from, to]) => token.slice(Math.min(from, to), Math.max(from, to) + 1)),
    fc.nat(12_000).map((length) => 'A'.repeat(length + 1)),
  );
  await fc.assert(
    fc.asyncProperty(tokens, async (sessionToken) => {
      fc.pre(sessionToken.trim() !== '' && sessionToken !== token);
      const answer = await ask([['Action', 'GetCallerIdentity']], { ...session, sessionToken });
      // 431: the head of the request is longer than any is read.
      expect([403, 431]).toContain(answer.status);
      if (answer.status === 403) expect(answer.body).toMatch(/<Code>(InvalidClientTokenId|SignatureDoesNotMatch)</);
    }),
    { numRuns: 300 },
  );
}, 60_000);
