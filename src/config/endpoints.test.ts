import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEndpointPolicy, type DeclaredEndpoint } from '../domain/vpc-endpoints.ts';
import { endpointFields, servicesField } from './endpoint-fields.ts';
import { ConfigError, loadConfig, type Config } from './load.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stowage-endpoints-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Around {
  readonly rest?: string;
  readonly flags?: Record<string, string>;
}

function load(endpoints: string, { rest = '', flags = {} }: Around = {}): Config {
  const file = join(folder, 'stowage.yaml');
  writeFileSync(file, `${rest}\nendpoints:${endpoints}`);
  const lists = new Map(Object.entries({ ...flags, config: file }).map(([name, value]) => [name, [value]]));
  return loadConfig({ flags: lists, env: {}, cwd: folder, listens: true });
}

function mistakesOf(endpoints: string, around?: Around): readonly string[] {
  try {
    load(endpoints, around);
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes.map((text) => text.replaceAll(`${folder}/`, ''));
    throw error;
  }
  return [];
}

/** An endpoint as YAML: the keys given, over a whole one. Undefined leaves one out. */
function endpoint(keys: Readonly<Record<string, unknown>> = {}): string {
  const whole = { id: 'vpce-a', vpc: 'vpc-1', account: '123456789012', networks: '10.0.0.0/8', services: 'sts' };
  return `\n  - ${JSON.stringify({ ...whole, ...keys })}`;
}

const withoutNetworks = { networks: undefined };
const one = (keys: Readonly<Record<string, unknown>>, around?: Around): DeclaredEndpoint => {
  const [first] = load(endpoint(keys), around).endpoints;
  if (first === undefined) throw new TypeError('no endpoint');
  return first;
};

const pulls = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: ['ecr:BatchGetImage'], Resource: '*' }],
};
const readPulls = {
  version: '2012-10-17',
  statements: [{ effect: 'Allow', principal: '*', action: ['ecr:BatchGetImage'], resource: ['*'], condition: [] }],
};

describe('an endpoint in the YAML file', () => {
  it('is read in all its parts', () => {
    const text = `
  - id: vpce-office
    vpc: vpc-0a1b2c3d
    account: 012345678901
    networks:
      - 10.0.0.0/8
      - 2001:db8::/32
    hosts: [Registry.example, other.example]
    services:
      ecr.api:
      sts:
        Version: 2012-10-17
        Statement:
          Effect: Deny
          Principal: { AWS: "123456789012" }
          Action: "*"
          Condition:
            Bool: { "aws:SecureTransport": false }
`;
    const config = load(text);
    expect(config.endpoints).toEqual([
      {
        id: 'vpce-office',
        vpc: 'vpc-0a1b2c3d',
        account: '012345678901',
        way: { kind: 'networks', networks: ['10.0.0.0/8', '2001:db8::/32'] },
        hosts: ['registry.example', 'other.example'],
        services: new Map([
          ['ecr.api', openEndpointPolicy],
          [
            'sts',
            {
              version: '2012-10-17',
              statements: [
                {
                  effect: 'Deny',
                  principal: { AWS: ['123456789012'] },
                  action: ['*'],
                  condition: [{ operator: 'Bool', key: 'aws:SecureTransport', values: ['false'] }],
                },
              ],
            },
          ],
        ]),
      },
    ]);
    for (const part of [config.endpoints, config.endpoints[0]]) expect(Object.isFrozen(part)).toBe(true);
  });

  it.each([
    [
      { ...withoutNetworks, listen: '127.0.0.1:81' },
      { kind: 'listener', host: '127.0.0.1', port: 81, secure: false },
    ],
    [{ networks: '10.0.0.7, 10.0.0.8' }, { kind: 'networks', networks: ['10.0.0.7', '10.0.0.8'] }],
    [
      { ...withoutNetworks, proxies: ['10.9.9.9'] },
      { kind: 'proxies', networks: ['10.9.9.9'] },
    ],
  ])('%j is reached so: %j', (keys, way) => {
    expect(one(keys, { rest: 'trusted-proxies: 10.9.0.0/16' }).way).toEqual(way);
  });

  it('may have a listener for HTTPS, which needs the certificate and no other listener', () => {
    const keys = { ...withoutNetworks, 'tls-listen': '10.0.0.1:8443' };
    const flags = { 'tls-dir': 'tls' };
    expect(one(keys, { flags }).way).toEqual({ kind: 'listener', host: '10.0.0.1', port: 8443, secure: true });
    expect(load(endpoint(keys), { flags }).tls).toEqual({ folder: join(folder, 'tls'), listen: undefined });
    expect(mistakesOf(endpoint(keys))).toEqual([
      'endpoints: vpce-a: tls-listen needs --tls-dir, where the certificate lies that is to be shown there.',
    ]);
  });

  it.each([
    ['as YAML', pulls],
    ['as JSON in a text', JSON.stringify(pulls, undefined, 2)],
    ['in a file beside', 'pulls.json'],
  ])('has a policy %s', (_, policy) => {
    writeFileSync(join(folder, 'pulls.json'), JSON.stringify(pulls));
    expect(one({ services: { 'ecr.dkr': policy } }).services).toEqual(new Map([['ecr.dkr', readPulls]]));
  });

  it('has a policy that allows all where it has none', () => {
    const open = (...names: string[]) => new Map(names.map((name) => [name, openEndpointPolicy]));
    expect(one({ services: 'ecr.api, iam' }).services).toEqual(open('ecr.api', 'iam'));
    expect(one({ services: ['ecr.dkr'] }).services).toEqual(open('ecr.dkr'));
    expect(one({ services: { sts: '', iam: null, 'ecr.api': '~' } }).services).toEqual(open('ecr.api', 'sts', 'iam'));
  });
});

const at = 'stowage.yaml: endpoints: vpce-a';
describe('a wrong endpoint', () => {
  it.each([
    [{ netwroks: '10.0.0.0/8' }, `${at}: there is no key "netwroks"; did you mean "networks"?`],
    [{ tls_listen: '10.0.0.0/8' }, `${at}: there is no key "tls_listen"; did you mean "tls-listen"?`],
    [{ colour: 'blue' }, `${at}: there is no key "colour".`],
    [{ id: undefined }, 'stowage.yaml: endpoints: number 1: it has no id.'],
    [
      { id: 'vpce-A' },
      'stowage.yaml: endpoints: vpce-A: id: "vpce-A" is not vpce- and lower-case letters, digits and hyphens, as in vpce-0a1b2c3d.',
    ],
    [{ vpc: undefined }, `${at}: it has no vpc.`],
    [
      { vpc: 'vpce-1' },
      `${at}: vpc: "vpce-1" is not vpc- and lower-case letters, digits and hyphens, as in vpc-0a1b2c3d.`,
    ],
    [{ account: undefined }, `${at}: it has no account.`],
    [{ account: '1234' }, `${at}: account: "1234" is not an account id of 12 digits.`],
    [{ account: '' }, `${at}: account: it has no value.`],
    [{ account: ['123456789012'] }, `${at}: account: it must be a single value.`],
    [{ networks: { a: 'b' } }, `${at}: networks: it must be a value or a list of values.`],
    [
      { networks: 'office' },
      `${at}: networks: "office" is not an IP address or a network, as in 10.0.0.7 or 10.0.0.0/8.`,
    ],
    [{ hosts: 'http://a' }, `${at}: hosts: "http://a" is not a domain name, as in registry.example.com.`],
    [withoutNetworks, `${at}: it must say how requests come to it, by listen, tls-listen, networks or proxies.`],
    [
      { ...withoutNetworks, hosts: 'registry.example' },
      `${at}: hosts alone prove nothing, since clients choose the name they ask by: it must say how requests come to it, by listen, tls-listen, networks or proxies.`,
    ],
    [{ listen: '127.0.0.1:81' }, `${at}: it has both listen and networks; there is one way to an endpoint.`],
    [{ services: undefined }, `${at}: it has no services.`],
    [{ services: [] }, `${at}: services: it names none.`],
    [{ services: {} }, `${at}: services: it names none.`],
    [{ services: 'ecr' }, `${at}: services: "ecr" is not one of ecr.api, ecr.dkr, sts, iam.`],
    [{ services: { s3: '' } }, `${at}: services: "s3" is not one of ecr.api, ecr.dkr, sts, iam.`],
    [{ services: { sts: 'none.json' } }, `${at}: services: sts: the file none.json cannot be read (ENOENT).`],
    [
      { services: { sts: { ...pulls, Statement: [{ Effect: 'Allow', Action: 'sts:*', Resource: '*' }] } } },
      `${at}: services: sts: The endpoint policy is not valid. Statement 1 has no Principal.`,
    ],
    [
      { services: { sts: '{"Statement":' } },
      `${at}: services: sts: The endpoint policy is not a policy document in JSON.`,
    ],
    [{ services: { sts: ['a'] } }, `${at}: services: sts: The endpoint policy is not a policy document in JSON.`],
    [
      { services: { sts: `{${' '.repeat(20_480)}}` } },
      `${at}: services: sts: The endpoint policy has 20482 characters; 20480 are allowed.`,
    ],
  ])('%j is refused: %s', (keys, sentence) => {
    expect(mistakesOf(endpoint(keys))).toEqual([sentence]);
  });

  it.each([
    [' vpce-a', ': it must be a list of endpoints, each with the keys of its own.'],
    ['\n  id: vpce-a', ': it must be a list of endpoints, each with the keys of its own.'],
    ['\n  - vpce-a', ': number 1: it must be a map of keys and values.'],
  ])('%j is refused: %s', (text, sentence) => {
    expect(mistakesOf(text)).toEqual([`stowage.yaml: endpoints${sentence}`]);
  });

  it('tells all its mistakes at once, with those of the other settings', () => {
    const text = endpoint({ vpc: 'x', account: 'y', services: { ecr: '' } }) + endpoint({ id: 'vpce-b', hosts: '-' });
    expect(mistakesOf(text, { rest: 'account: 1' })).toHaveLength(5);
  });

  it('is found where its key is mistyped', () => {
    expect(mistakesOf('', { rest: 'endpoint: []' })).toContain(
      'stowage.yaml: there is no setting "endpoint"; did you mean "endpoints"?',
    );
  });
});

describe('endpoints beside each other', () => {
  const listening = { ...withoutNetworks, listen: '127.0.0.1:81' };
  it.each([
    ['networks that are apart', [{}, { id: 'vpce-b', networks: '11.0.0.0/8' }]],
    ['the same networks and other hosts', [{ hosts: 'a.example' }, { id: 'vpce-b', hosts: 'b.example' }]],
    ['the same networks, one without hosts', [{}, { id: 'vpce-b', networks: '10.9.9.9/8', hosts: 'b.example' }]],
    ['the same listener and other hosts', [listening, { ...listening, id: 'vpce-b', hosts: 'b.example' }]],
    ['free ports', [listening, { ...listening, id: 'vpce-b', listen: '127.0.0.1:0' }]],
    ['a proxy in the network of clients', [{}, { ...withoutNetworks, id: 'vpce-b', proxies: '10.9.9.9' }]],
    ['the same VPC and no account of this server', [{}, { ...listening, id: 'vpce-b', account: '999999999999' }]],
  ])('may have %s', (_, [first, second]) => {
    const around = { rest: 'trusted-proxies: 10.9.9.9' };
    expect(mistakesOf(endpoint(first) + endpoint(second), around)).toEqual([]);
  });

  it.each([
    ['the same id', [{}, { networks: '11.0.0.0/8' }], 'there are two with the id vpce-a.'],
    [
      'the same networks and nothing else',
      [{}, { id: 'vpce-b', networks: '10.1.1.1/8' }],
      'vpce-a and vpce-b are reached in the same way and have no hosts, so nothing tells them apart.',
    ],
    [
      'the same listener and the same host',
      [
        { ...listening, hosts: 'a.example,b.example' },
        { ...listening, id: 'vpce-b', hosts: 'b.example' },
      ],
      'vpce-a and vpce-b are reached in the same way and have the host b.example, so nothing tells them apart.',
    ],
    [
      'networks that overlap',
      [{ networks: '192.0.2.1,10.0.0.0/8' }, { id: 'vpce-b', networks: '10.1.0.0/16' }],
      'the networks of vpce-a and vpce-b overlap (10.0.0.0/8 and 10.1.0.0/16); they must be apart, or the same for both and told apart by hosts.',
    ],
    [
      'networks that overlap in another spelling',
      [{}, { id: 'vpce-b', networks: '::ffff:10.1.0.0/112' }],
      'the networks of vpce-a and vpce-b overlap (10.0.0.0/8 and ::ffff:10.1.0.0/112); they must be apart, or the same for both and told apart by hosts.',
    ],
    [
      'a proxy that is not trusted',
      [{}, { ...withoutNetworks, id: 'vpce-b', proxies: '10.9.0.0/16' }],
      'vpce-b: its proxy 10.9.0.0/16 is not among the trusted proxies; add it to trusted-proxies.',
    ],
    [
      'the listener of everybody',
      [{}, { ...listening, id: 'vpce-b', listen: '127.0.0.1:4566' }],
      'vpce-b: 127.0.0.1:4566 is also that of --listen; an endpoint has its own.',
    ],
    [
      'a listener for HTTPS where one for HTTP is',
      [listening, { ...withoutNetworks, id: 'vpce-b', 'tls-listen': '127.0.0.1:81' }],
      'vpce-b: 127.0.0.1:81 is also that of vpce-a; an endpoint has its own.',
    ],
  ])('may not have %s', (_, [first, second], sentence) => {
    const around = { rest: 'trusted-proxies: 10.9.9.9', flags: { 'tls-dir': 'tls', 'tls-listen': '127.0.0.1:443' } };
    expect(mistakesOf(endpoint(first) + endpoint(second), around)).toEqual([`endpoints: ${sentence}`]);
  });

  it('may not listen for plain HTTP where other machines hear it, unless that is allowed', () => {
    const keys = endpoint({ ...withoutNetworks, listen: '10.0.0.1:80' });
    expect(mistakesOf(keys)).toEqual([expect.stringMatching(/^endpoints: vpce-a: other machines reach 10\.0\.0\.1,/)]);
    expect(mistakesOf(keys, { flags: { 'allow-plain-http': 'true' } })).toEqual([]);
    expect(mistakesOf(keys, { rest: 'trusted-proxies: 10.0.0.2' })).toEqual([]);
  });
});

it('has a table whose keys are all different', () => {
  const keys = [...Object.values(endpointFields), servicesField].map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
});
