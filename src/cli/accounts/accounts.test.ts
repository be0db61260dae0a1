import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../config/load.ts';
import { createLog } from '../../telemetry/log.ts';
import { createStowage, type Stowage } from '../../wire.ts';
import { openAdministration } from '../administration.ts';
import { run } from '../index.ts';

const first = '123456789012';
const second = '210987654321';
const queue = (account: string): string => `arn:aws:sqs:us-east-1:${account}:work`;

let folder: string;
let server: Stowage;
let administration: { close(): Promise<void> };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stowage-accounts-'));
  const flags = new Map([
    ['data', [folder]],
    ['listen', ['127.0.0.1:0']],
  ]);
  const config = loadConfig({ flags, env: {}, cwd: folder, listens: true });
  const log = createLog({ level: 'silent' });
  server = await createStowage({ config, log });
  administration = await openAdministration({
    dataFolder: folder,
    temporaryFolder: tmpdir(),
    log,
    administer: async (command, input) => await server.admin(command, input),
  });
});

afterAll(async () => {
  await administration.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function stowage(line: string): Promise<{ code: number; out: string; err: string }> {
  const [stdout, stderr] = [new PassThrough({ encoding: 'utf8' }), new PassThrough({ encoding: 'utf8' })];
  const code = await run({
    args: [...line.split(' '), '--data', folder],
    env: {},
    stdout,
    stderr,
    cwd: folder,
    home: folder,
    version: '1.2.3',
    temporaryFolder: tmpdir(),
    onSignal: () => undefined,
    exit: () => undefined,
  });
  return { code, out: (stdout.read() as string | null) ?? '', err: (stderr.read() as string | null) ?? '' };
}

const json = async (line: string): Promise<unknown> => {
  const { code, out, err } = await stowage(`${line} --json`);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
};

describe('stowage accounts', () => {
  test('creates, closes and opens again, and never gives an id anew', async () => {
    expect(await json(`accounts create ${second}`)).toMatchObject({ account: second });
    expect(await json('accounts list')).toMatchObject({
      accounts: [
        { account: first, status: 'open' },
        { account: second, status: 'open' },
      ],
    });
    expect(await json(`accounts close ${second}`)).toEqual({ account: second, status: 'closed' });
    expect(await json('accounts list')).toMatchObject({
      accounts: [{ account: first }, { account: second, status: 'closed', closedAt: expect.any(String) }],
    });
    const { code, err } = await stowage(`accounts create ${second}`);
    expect(code).toBe(1);
    expect(err).toContain(`the account ${second} exists and is closed; stowage accounts reopen ${second} opens it`);
    expect((await stowage('accounts list')).out).toMatch(
      new RegExp(
        `^${first}  created \\d{4}-\\d\\d-\\d\\d\n${second}  created \\d{4}-\\d\\d-\\d\\d, closed \\d{4}-\\d\\d-\\d\\d\n$`,
      ),
    );
    expect(await json(`accounts reopen ${second}`)).toEqual({ account: second, status: 'open' });
    expect((await stowage(`accounts close ${second}`)).out).toBe(
      `The account ${second} is closed: none of its credentials counts. stowage accounts reopen ${second} undoes it.\n`,
    );
    expect((await stowage(`accounts reopen ${second}`)).out).toBe(`The account ${second} is open, as it was.\n`);
    expect((await stowage(`accounts create ${second}`)).err).toContain('exists already');
  });

  test.each(['close', 'reopen'])('has nothing to %s where there is no such account', async (change) => {
    const { code, err } = await stowage(`accounts ${change} 999999999999`);
    expect(code).toBe(1);
    expect(err).toContain('there is no account 999999999999');
  });

  test('makes, lists and ends keys that act as services', async () => {
    const line = `accounts service-credential lambda.amazonaws.com --source-arn ${queue(first)}`;
    const made = (await json(`${line} --expires 12h`)) as Record<string, string>;
    expect(made).toEqual({
      account: first,
      service: 'lambda.amazonaws.com',
      sourceArn: queue(first),
      accessKeyId: expect.stringMatching(/^AKIA[A-Z2-7]{16}$/),
      secretAccessKey: expect.stringMatching(/^[A-Za-z0-9+/]{40}$/),
      expiresAt: expect.any(String),
    });
    expect(Math.abs(Date.parse(made['expiresAt'] ?? '') - Date.now() - 12 * 3_600_000)).toBeLessThan(60_000);
    const { out } = await stowage(line);
    expect(out).toMatch(
      /^# lambda\.amazonaws\.com for arn:[^\n]+\n\[lambda\.amazonaws\.com-123456789012\]\naws_access_key_id = /,
    );
    const { credentials } = (await json('accounts service-credentials')) as { credentials: Record<string, string>[] };
    expect(credentials).toHaveLength(2);
    expect(JSON.stringify(credentials)).not.toContain(made['secretAccessKey']);
    const key = made['accessKeyId'] ?? '';
    expect(await json(`accounts revoke-service-credential ${key}`)).toEqual({ account: first, accessKeyId: key });
    expect((await stowage(`accounts revoke-service-credential ${key}`)).err).toContain(
      `the account ${first} has no service credential ${key}`,
    );
    const left = (await stowage('accounts service-credentials')).out;
    expect(left).toMatch(
      /^AKIA[A-Z2-7]{16} {2}lambda\.amazonaws\.com {2}arn:aws:sqs:us-east-1:123456789012:work {2}until [\d-]+T/,
    );
    expect(left).not.toContain(key);
  });

  test.each([
    ['Lambda', queue(first), 'must be the name of a service'],
    ['example.com', queue(first), 'must be the name of a service'],
    ['lambda.amazonaws.com', queue(second), `must be the ARN of something in the account ${first}`],
    ['lambda.amazonaws.com', `arn:aws:sqs:*:${first}:*`, 'without wildcards'],
    ['lambda.amazonaws.com', 'arn:aws:s3:::bucket', `must be the ARN of something in the account ${first}`],
    ['lambda.amazonaws.com', `${queue(first)} --expires 400d`, 'must be between a minute and 366 days'],
    [
      'lambda.amazonaws.com',
      `${queue(first)} --account 999999999999`,
      'must be the ARN of something in the account 999',
    ],
    ['lambda.amazonaws.com', `${queue('999999999999')} --account 999999999999`, 'there is no account 999999999999'],
  ])('makes none for %s and %s', async (service, arn, words) => {
    const { code, err } = await stowage(`accounts service-credential ${service} --source-arn ${arn}`);
    expect(code).toBe(1);
    expect(err).toContain(words);
  });
});

describe('stowage accounts limits', () => {
  test('shows what an account may have, sets it, and sets it back', async () => {
    expect((await stowage(`accounts limits ${first}`)).out).toContain('iam.users 5000 (usual)');
    expect((await stowage(`accounts limits ${first} --set iam.users=7 --set iam.groups=8`)).out).toContain(
      'iam.users 7\n',
    );
    expect(await json(`accounts limits ${first}`)).toMatchObject({
      limits: expect.arrayContaining([{ name: 'iam.groups', value: 8, own: true }]),
    });
    const back = await stowage(`accounts limits ${first} --set iam.users=default --set iam.groups=default`);
    expect(back.out).toContain('iam.users 5000 (usual)');
  });

  test.each([
    ['iam.users', 'is no limit, as in'],
    ['iam.cars=1', 'there is no limit iam.cars'],
  ])('refuses --set %s', async (text, why) => {
    const { code, err } = await stowage(`accounts limits ${first} --set ${text}`);
    expect(code).toBeGreaterThan(0);
    expect(err).toContain(why);
  });
});
