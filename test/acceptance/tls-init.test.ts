/** `stowage tls init`: its files, run again, and what it leaves alone. */
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { verifiers, type Verdict } from '../support/certificates/verifiers.ts';
import { snapshot, temporaryFolder, type Folder } from '../support/folders.ts';
import type { Outcome } from '../support/process.ts';
import { stowage } from '../support/stowage.ts';

let folder: Folder;
let out: string;
beforeEach(() => {
  folder = temporaryFolder('tls');
  out = join(folder.path, 'tls');
});
afterEach(() => folder.remove());

const init = (...flags: string[]): Promise<Outcome> => stowage(['tls', 'init', '--out', out, ...flags]);
const region = (name: string): string[] => ['--region', name];
const registry = (name: string): string => `123456789012.dkr.ecr.${name}.amazonaws.com`;
const read = (name: string): string => readFileSync(join(out, name), 'utf8');

/** What clients that trust `authority` say of the files that are there now. */
async function ask(authority: string, host: string): Promise<Verdict[]> {
  const question = { authority, chain: read('server.crt'), key: read('server.key'), host };
  const here = verifiers.filter(({ name }) => name === 'Node' || name === 'OpenSSL');
  return (await Promise.all(here.map((verifier) => verifier.ask([question])))).flat();
}

describe('tls init', () => {
  test('makes an authority and a certificate that clients take, with keys that only the owner reads', async () => {
    const { code, stdout, stderr } = await init(...region('eu-central-1'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const modes = readdirSync(out).map((name) => [name, (statSync(join(out, name)).mode & 0o777).toString(8)]);
    expect(Object.fromEntries(modes)).toEqual({
      'ca.crt': '644',
      'ca.key': '600',
      'server.crt': '644',
      'server.key': '600',
    });
    expect(await ask(read('ca.crt'), registry('eu-central-1'))).toEqual(['accepted', 'accepted']);
    for (const words of [
      `--tls-dir ${out}`,
      `127.0.0.1 ${registry('eu-central-1')} api.ecr.eu-central-1.amazonaws.com`,
      '/etc/docker/certs.d/',
      '/etc/containers/certs.d/',
      'hosts.toml',
      'update-ca-certificates',
      `AWS_CA_BUNDLE=${out}/ca.crt`,
      `NODE_EXTRA_CA_CERTS=${out}/ca.crt`,
      `SSL_CERT_FILE=${out}/ca.crt`,
    ]) {
      expect(stdout).toContain(words);
    }
  });

  test('run again gives the server another certificate under the same authority, in other regions too', async () => {
    await init(...region('eu-central-1'));
    const before = await snapshot(out);
    const trusted = read('ca.crt');
    const { code, stdout } = await init(...region('eu-central-1'), ...region('ap-south-2'));
    expect(code).toBe(0);
    expect(stdout).toContain('clients need nothing new');
    const after = await snapshot(out);
    expect(Object.keys(after)).toEqual(Object.keys(before));
    const changed = Object.keys(after).filter((name) => after[name] !== before[name]);
    expect(changed).toEqual(['server.crt', 'server.key']);
    expect(await ask(trusted, registry('ap-south-2'))).toEqual(['accepted', 'accepted']);
  });

  test('--drop-ca-key leaves no key of the authority, at first or later', async () => {
    await init(...region('eu-central-1'), '--drop-ca-key');
    expect(readdirSync(out)).toEqual(['ca.crt', 'server.crt', 'server.key']);
    expect(await ask(read('ca.crt'), registry('eu-central-1'))).toEqual(['accepted', 'accepted']);

    rmSync(out, { recursive: true });
    await init(...region('eu-central-1'));
    const trusted = read('ca.crt');
    await init(...region('us-east-1'), '--drop-ca-key');
    expect(readdirSync(out)).toEqual(['ca.crt', 'server.crt', 'server.key']);
    expect(await ask(trusted, registry('us-east-1'))).toEqual(['accepted', 'accepted']);
  });

  test('run twice at once in an empty folder makes one authority, with its key', async () => {
    const outcomes = await Promise.all([init(...region('eu-central-1')), init(...region('eu-central-1'))]);
    expect(outcomes.filter(({ code }) => code === 0).length).toBeGreaterThan(0);
    expect(readdirSync(out)).toEqual(['ca.crt', 'ca.key', 'server.crt', 'server.key']);
    const { code, stderr } = await init(...region('us-east-1'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await ask(read('ca.crt'), registry('us-east-1'))).toEqual(['accepted', 'accepted']);
  });

  test.each([
    [
      'an authority whose key is gone',
      ['ca.key'],
      [],
      'DIR has the authority ca.crt but not its key, so nothing more can be signed with it: put ca.key back, or make a new authority in another folder.',
    ],
    [
      'a key without its authority',
      ['ca.crt'],
      [],
      'DIR has a ca.key but not its certificate: put ca.crt back, or make a new authority in another folder.',
    ],
    [
      'a certificate from elsewhere',
      ['ca.crt', 'ca.key'],
      [],
      'DIR has a server.crt that no authority in it has signed; it is not replaced: take another folder.',
    ],
    [
      'a host that the authority was not made for',
      [],
      ['--host', 'build.corp'],
      'The authority in DIR may not speak for build.corp: make one that may in another folder, for clients to trust.',
    ],
    [
      'an address that the authority was not made for',
      [],
      ['--host', '10.0.0.7'],
      'The authority in DIR may not speak for 10.0.0.7: make one that may in another folder, for clients to trust.',
    ],
  ])('refuses %s, and changes nothing', async (_, without, flags, sentence) => {
    await init(...region('eu-central-1'));
    for (const name of without) rmSync(join(out, name));
    const before = await snapshot(out);
    const { code, stdout, stderr } = await init(...region('eu-central-1'), ...flags);
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: `stowage: ${sentence.replace('DIR', out)}\n`,
    });
    expect(await snapshot(out)).toEqual(before);
  });
});
