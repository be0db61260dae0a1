import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from './index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stowage-tls-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function stowage(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  const [stdout, stderr] = [new PassThrough({ encoding: 'utf8' }), new PassThrough({ encoding: 'utf8' })];
  const code = await run({
    args: ['tls', 'init', ...args],
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

const good = ['--out', 'tls', '--region', 'eu-central-1'];
const namesOf = (out: string): string =>
  new X509Certificate(readFileSync(join(folder, out, 'server.crt'))).subjectAltName ?? '';

describe('tls init', () => {
  it.each([
    [['--region', 'eu-central-1'], 'stowage tls init needs --out DIR, the folder for the certificates.'],
    [['--out', 'tls'], 'stowage tls init needs --region, as in --region us-east-1.'],
    [['--out', 'tls', '--region', 'europe'], '--region: "europe" is not a region, as in us-east-1.'],
    [['--out', 'tls', '--region', '*'], '--region: "*" is not a region, as in us-east-1.'],
    [[...good, '--domain', 'a_b'], '--domain: "a_b" is not a domain name, as in registry.example.com.'],
    [
      [...good, '--host', '*.corp'],
      '--host: "*.corp" is not a host name or an address, as in registry.example.com or 10.0.0.7.',
    ],
    [
      [...good, '--host', '10.0.0.0/8'],
      '--host: "10.0.0.0/8" is not a host name or an address, as in registry.example.com or 10.0.0.7.',
    ],
    [[...good, '--domain', 'com'], '--domain: an authority for "com" could speak for AWS.'],
    [[...good, '--domain', 's3.amazonaws.com'], '--domain: an authority for "s3.amazonaws.com" could speak for AWS.'],
    [[...good, '--host', 'amazonaws.com'], '--host: an authority for "amazonaws.com" could speak for AWS.'],
    [[...good, '--drop-ca-key=no'], '--drop-ca-key: "no" is neither true nor false.'],
    [[...good, 'now'], '"now" is one word too many for stowage tls init.'],
  ])('refuses %j and makes nothing', async (args, sentence) => {
    expect(await stowage(args)).toEqual({ code: 2, out: '', err: `stowage: ${sentence}\n` });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('tells all mistakes at once', async () => {
    const { code, err } = await stowage(['--region', 'x', '--host', '1.2.3']);
    expect([code, err.split('\n')[0]]).toEqual([2, 'stowage: 3 mistakes:']);
  });

  it('takes regions, hosts and domains several times, with commas, and domains where settings are', async () => {
    const several = ['--region', 'us-east-1,us-west-2', '--host', 'Registry,10.0.0.7', '--host', 'build.corp'];
    const { code } = await stowage([...good, ...several], { STOWAGE_DOMAINS: 'one.example,two.example' });
    expect(code).toBe(0);
    for (const name of [
      'DNS:*.dkr.ecr.eu-central-1.amazonaws.com',
      'DNS:*.dkr.ecr.us-east-1.two.example',
      'DNS:sts.us-west-2.one.example',
      'DNS:registry',
      'DNS:build.corp',
      'IP Address:10.0.0.7',
    ]) {
      expect(namesOf('tls').split(', ')).toContain(name);
    }
  });

  it('takes a region that nobody knows yet, and a machine of EC2', async () => {
    const { code } = await stowage([
      ...['--out', 'tls', '--region', 'eu-moon-1'],
      ...['--host', 'ec2-192-0-2-1.compute-1.amazonaws.com'],
    ]);
    expect(code).toBe(0);
    expect(namesOf('tls')).toContain('DNS:*.dkr.ecr.eu-moon-1.amazonaws.com');
  });

  it('refuses a certificate that clients would not look through', async () => {
    const regions = Array.from({ length: 40 }, (_, number) => `eu-moon-${number}`).join(',');
    const { code, err } = await stowage(['--out', 'tls', '--region', regions]);
    expect([code, err]).toEqual([
      1,
      'stowage: 40 regions give one certificate more names than clients look through: name fewer with --region.\n',
    ]);
    expect(existsSync(join(folder, 'tls'))).toBe(false);
  });

  it('tells the account and the domains of the server in what is to be pasted', async () => {
    const { out } = await stowage([...good, '--domain', 'one.example', '--account', '000000000001']);
    expect(out).toContain(`serve --tls-listen 127.0.0.1:443 --tls-dir ${folder}/tls --domain one.example\n`);
    expect(out).toContain(
      '  127.0.0.1 000000000001.dkr.ecr.eu-central-1.amazonaws.com api.ecr.eu-central-1.amazonaws.com sts.eu-central-1.amazonaws.com 000000000001.dkr.ecr.eu-central-1.one.example ',
    );
    expect(out).toContain(`export AWS_CA_BUNDLE=${folder}/tls/ca.crt\n`);
  });

  it('says in one sentence that a folder cannot be made', async () => {
    writeFileSync(join(folder, 'file'), '');
    const { code, err } = await stowage(['--out', 'file/tls', '--region', 'eu-central-1']);
    expect([code, err]).toEqual([1, `stowage: The folder ${folder}/file/tls cannot be made (ENOTDIR).\n`]);
  });
});
