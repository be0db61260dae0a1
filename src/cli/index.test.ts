import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAdministration } from './administration.ts';
import { RegistryError } from '../domain/errors.ts';
import { createLog } from '../telemetry/log.ts';
import { run } from './index.ts';

const log = createLog({ level: 'silent' });
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stowage-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function stowage(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  const [stdout, stderr] = [new PassThrough({ encoding: 'utf8' }), new PassThrough({ encoding: 'utf8' })];
  const code = await run({
    args,
    env,
    stdout,
    stderr,
    cwd: folder,
    home: '/srv/stowage',
    version: '1.2.3',
    temporaryFolder: tmpdir(),
    onSignal: () => undefined,
    exit: () => undefined,
  });
  return { code, out: (stdout.read() as string | null) ?? '', err: (stderr.read() as string | null) ?? '' };
}

describe('stowage', () => {
  it.each([[], ['help'], ['--help'], ['-h']])('tells all commands when asked with %j', async (...args) => {
    const { code, out, err } = await stowage(args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const text of [
      '1.2.3',
      'serve',
      'login-password',
      'create-repository NAME',
      'accounts create ID',
      'credentials reset',
    ]) {
      expect(out).toContain(text);
    }
  });

  it.each([[['help', 'serve']], [['serve', '--help']], [['serve', '--data', 'x', '-h']]])(
    'tells the flags of a command when asked with %j',
    async (args) => {
      const { code, out } = await stowage(args);
      expect(code).toBe(0);
      expect(out).toContain('--listen HOST:PORT');
      expect(out).not.toContain('--archive-blobs');
    },
  );

  it.each(['--version', '-v'])('tells its version when asked with %s', async (arg) => {
    expect(await stowage([arg])).toEqual({ code: 0, out: '1.2.3\n', err: '' });
  });

  it.each([
    [['srve'], 'There is no command srve; did you mean serve?'],
    [['hlp'], 'There is no command hlp; did you mean help?'],
    [['push'], 'There is no command push; stowage help lists them all.'],
    [['help', 'srve'], 'There is no command srve; did you mean serve?'],
    [['accounts'], /^Say what to do: stowage accounts create ID, stowage accounts list, .*\.$/],
    [['accounts', 'delete', '1'], /^Say what to do: stowage accounts create ID, /],
    [['--data', 'x', 'serve'], 'The command comes before its flags: stowage serve --data DIR.'],
    [['serve', 'now'], '"now" is one word too many for stowage serve.'],
    [['serve', '--lissen', '127.0.0.1:1'], 'There is no flag --lissen; did you mean --listen?'],
    [['serve', '--listen', '0.0.0.0:1'], /^--listen: other machines reach 0\.0\.0\.0.*--allow-plain-http.*\.$/],
    [['serve', '--json'], 'There is no flag --json.'],
    [['create-repository'], 'stowage create-repository needs NAME.'],
    [['accounts', 'create', '12'], '"12" is not an account id of 12 digits.'],
    [['accounts', 'close', '12'], '"12" is not an account id of 12 digits.'],
    [
      ['accounts', 'service-credential', 'lambda.amazonaws.com'],
      'stowage accounts service-credential needs --source-arn ARN, what the service acts for.',
    ],
    [
      ['accounts', 'service-credential', 'x', '--source-arn', 'y', '--expires', 'soon'],
      '"soon" is not a duration, as in 30m, 12h or 90d.',
    ],
    [['login-password', '--region', 'Earth'], '"Earth" is not a region, as in us-east-1.'],
  ])('answers %j with one sentence and exit code 2', async (args, sentence) => {
    const { code, out, err } = await stowage(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^stowage: [^\n]+\n$/);
    expect(err.slice('stowage: '.length, -1)).toMatch(
      typeof sentence === 'string' ? new RegExp(`^${RegExp.escape(sentence)}$`) : sentence,
    );
  });

  it('lists the mistakes where there are several', async () => {
    const { code, err } = await stowage(['serve', '--lissen', 'x', '--account', '1', 'now']);
    expect(code).toBe(2);
    expect(err.split('\n')).toEqual([
      'stowage: 3 mistakes:',
      '  There is no flag --lissen; did you mean --listen?',
      '  "now" is one word too many for stowage serve.',
      '  --account: "1" is not an account id of 12 digits.',
      '',
    ]);
  });

  it.each([['login-password'], ['credentials reset']])('does not make a data folder for %s', async (command) => {
    const { code, err } = await stowage([...command.split(' '), '--data', 'missing']);
    expect(code).toBe(1);
    expect(err).toBe(
      `stowage: There is no data in ${folder}/missing; start the server first, or say where it is with --data DIR.\n`,
    );
  });
});

describe('a command with a server running', () => {
  const seen: unknown[] = [];
  const results: Record<string, unknown> = {
    'login-password': { password: 'pass.word' },
    'create-repository': { repositoryUri: 'localhost:4566/hello' },
    'accounts.create': {
      account: '210987654321',
      userArn: 'arn:aws:iam::210987654321:user/admin',
      accessKeyId: 'AKIAEXAMPLE',
      secretAccessKey: 'secret',
    },
    'credentials.reset': {
      accessKeyId: 'AKIAEXAMPLE',
      secretAccessKey: 'secret',
      credentialsFile: '/elsewhere/credentials',
    },
  };
  let server: { close(): Promise<void> };
  beforeEach(async () => {
    seen.length = 0;
    server = await openAdministration({
      dataFolder: folder,
      temporaryFolder: tmpdir(),
      log,
      administer: async (command, input) => {
        seen.push([command, input]);
        const { name } = input as { name?: string };
        if (name === 'taken')
          throw new RegistryError('repositoryAlreadyExists', { repositoryName: name, registryId: '123456789012' });
        return results[command];
      },
    });
  });
  afterEach(() => server.close());

  it.each([
    [['login-password'], {}, 'us-east-1'],
    [['login-password'], { AWS_DEFAULT_REGION: 'eu-west-1' }, 'eu-west-1'],
    [['login-password'], { AWS_DEFAULT_REGION: 'eu-west-1', AWS_REGION: 'eu-west-2' }, 'eu-west-2'],
    [['login-password', '--region', 'us-gov-west-1'], { AWS_REGION: 'eu-west-2' }, 'us-gov-west-1'],
  ])('%j prints the password with %j for %s', async (args, env, region) => {
    expect(await stowage([...args, '--data', '.'], env)).toEqual({ code: 0, out: 'pass.word\n', err: '' });
    expect(seen).toEqual([['login-password', { region }]]);
  });

  it('creates a repository and prints its address', async () => {
    expect(await stowage(['create-repository', 'hello', '--data', '.'])).toEqual({
      code: 0,
      out: 'localhost:4566/hello\n',
      err: '',
    });
    expect(seen).toEqual([['create-repository', { name: 'hello', region: 'us-east-1' }]]);
  });

  it('prints the refusal of the server', async () => {
    const { code, err } = await stowage(['create-repository', 'taken', '--data', '.']);
    expect(code).toBe(1);
    expect(err).toBe(
      "stowage: The repository with name 'taken' already exists in the registry with id '123456789012'\n",
    );
  });

  it('prints a new account as JSON, or as a profile', async () => {
    const { out } = await stowage(['accounts', 'create', '210987654321', '--json', '--data', '.']);
    expect(JSON.parse(out)).toEqual(results['accounts.create']);
    const { out: text } = await stowage(['accounts', 'create', '210987654321', '--data', '.']);
    expect(text).toContain('[stowage-210987654321]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = secret\n');
  });

  it('tells where new credentials are, and the secret only when asked for JSON', async () => {
    const { out } = await stowage(['credentials', 'reset', '--data', '.']);
    expect(out).toBe('The new credentials are in /elsewhere/credentials; the old ones are no longer good.\n');
    const { out: json } = await stowage(['credentials', 'reset', '--json', '--data', '.']);
    expect(JSON.parse(json)).toEqual({ accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' });
  });
});
