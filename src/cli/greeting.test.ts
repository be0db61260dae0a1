import { execFileSync, spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientAddress, firstStartLines, quote, startLines } from './greeting.ts';

const facts = {
  version: '1.2.3',
  origin: 'http://127.0.0.1:4566',
  account: '123456789012',
  home: '/srv/stowage',
  dataFolder: '/srv/stowage/data',
  credentialsFile: '/srv/stowage/data/credentials',
};
const commandsOf = (lines: readonly string[]): string[] =>
  lines.filter((line) => line.startsWith('  ')).map((line) => line.trim());

describe('the lines of a start', () => {
  it('are three, and a first push more at the first one', () => {
    expect(startLines(facts)).toEqual([
      'Stowage 1.2.3 listens on http://127.0.0.1:4566; its images are localhost:4566/NAME.',
      'Data: /srv/stowage/data',
      'Credentials of the administrator of account 123456789012: /srv/stowage/data/credentials',
    ]);
    expect(firstStartLines(facts).slice(0, 3)).toEqual(startLines(facts));
  });

  it('name the listeners of VPC endpoints', () => {
    const endpointOrigins = new Map([['vpce-build', 'https://10.0.0.1:8443']]);
    expect(startLines({ ...facts, endpointOrigins })).toContain('VPC endpoint vpce-build on https://10.0.0.1:8443.');
  });

  it('name credentials, region and endpoint in every line of the AWS CLI', () => {
    const aws = commandsOf(firstStartLines(facts)).filter((line) => line.includes(' aws '));
    expect(aws).toHaveLength(2);
    for (const line of aws) {
      expect(line).toMatch(/^AWS_SHARED_CREDENTIALS_FILE=\/srv\/stowage\/data\/credentials aws ecr /);
      expect(line).toContain('--region us-east-1 --endpoint-url http://localhost:4566');
    }
  });

  it('carry another data folder to the commands, quoted where it must be', () => {
    const lines = commandsOf(
      firstStartLines({ ...facts, dataFolder: "/it's here", credentialsFile: "/it's here/credentials" }),
    );
    expect(lines).toContain(String.raw`npx --no-install stowage create-repository hello --data '/it'\''s here'`);
    expect(lines[0]).toContain(String.raw`AWS_SHARED_CREDENTIALS_FILE='/it'\''s here/credentials' aws`);
    expect(commandsOf(firstStartLines(facts)).join()).not.toContain('--data');
  });

  it('are shell commands without a mistake', () => {
    for (const line of commandsOf(firstStartLines({ ...facts, dataFolder: "/it's (here)" }))) {
      expect(spawnSync('sh', ['-n', '-c', line], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    }
  });
});

describe('clientAddress', () => {
  it.each([
    ['http://127.0.0.1:4566', 'localhost:4566'],
    ['http://[::1]:4566', 'localhost:4566'],
    ['http://0.0.0.0:80', 'localhost:80'],
    ['http://10.0.0.1:4566', '10.0.0.1:4566'],
    ['http://[fd00::1]:4566', '[fd00::1]:4566'],
  ])('of %s is %s', (origin, address) => {
    expect(clientAddress(origin)).toBe(address);
  });
});

describe('quote', () => {
  it('gives any text to a shell as one word', () => {
    const text = fc.string({ minLength: 1 }).filter((value) => !value.includes('\0'));
    fc.assert(
      fc.property(text, (value) => {
        expect(execFileSync('sh', ['-c', `printf %s ${quote(value)}`], { encoding: 'utf8' })).toBe(value);
      }),
      { numRuns: 50 },
    );
  });
});
