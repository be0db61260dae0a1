/** By which VPC endpoint a request came, and what policies see of it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { account, startApp, type RunningApp } from '../../support/app.ts';
import { other, yaml } from './declared.ts';
import { startProbe, type ConditionBlock, type Probe } from './probe.ts';
import type { Visit } from './visitor.ts';

let app: RunningApp;
let probe: Probe;

beforeAll(async () => {
  app = await startApp({ yaml });
  probe = await startProbe(app);
});

afterAll(async () => {
  await probe.close();
  await app.close();
});

const ownListener = (): string => app.endpointOrigins.get('vpce-own') ?? '';
const through = (id: string, vpc: string, owner: string, address: string): ConditionBlock => ({
  StringEquals: { 'aws:SourceVpce': id, 'aws:SourceVpc': vpc, 'aws:VpceAccount': owner },
  IpAddress: { 'aws:VpcSourceIp': address },
  Null: { 'aws:SourceIp': 'true' },
});
const open = (address: string): ConditionBlock => ({
  IpAddress: { 'aws:SourceIp': address },
  Null: { 'aws:SourceVpce': 'true', 'aws:SourceVpc': 'true', 'aws:VpcSourceIp': 'true', 'aws:VpceAccount': 'true' },
});
const forwarded = (text: string): Visit['headers'] => ({ 'x-forwarded-for': text });

describe('the way of a request', () => {
  test.each<[string, () => Partial<Visit>, ConditionBlock]>([
    [
      'a listener of its own',
      () => ({ url: ownListener(), from: '127.0.0.9' }),
      through('vpce-own', 'vpc-1', account, '127.0.0.9'),
    ],
    [
      'its listener before every range',
      () => ({ url: ownListener(), from: '127.0.2.9' }),
      through('vpce-own', 'vpc-1', account, '127.0.2.9'),
    ],
    ['the address of the peer', () => ({ from: '127.0.2.9' }), through('vpce-api', 'vpc-1', account, '127.0.2.9')],
    [
      'the address of the client behind a trusted proxy',
      () => ({ from: '127.0.0.50', headers: forwarded('203.0.113.7') }),
      through('vpce-clients', 'vpc-3', account, '203.0.113.7'),
    ],
    [
      'that address in another spelling',
      () => ({ from: '127.0.0.50', headers: forwarded('[::ffff:cb00:7107]:81') }),
      through('vpce-clients', 'vpc-3', account, '203.0.113.7'),
    ],
    [
      'the trusted proxy',
      () => ({ from: '127.0.0.51', headers: forwarded('192.0.2.1') }),
      through('vpce-proxy', 'vpc-4', account, '192.0.2.1'),
    ],
    [
      'the trusted proxy before its client',
      () => ({ from: '127.0.0.51', headers: forwarded('203.0.113.7') }),
      through('vpce-proxy', 'vpc-4', account, '203.0.113.7'),
    ],
    [
      'a host among endpoints of one range',
      () => ({ from: '127.0.4.9', headers: { host: 'b.example:81' } }),
      through('vpce-b', 'vpc-1', account, '127.0.4.9'),
    ],
    [
      'another host there',
      () => ({ from: '127.0.4.9', headers: { host: 'BB.Example' } }),
      through('vpce-b', 'vpc-1', account, '127.0.4.9'),
    ],
    ['nothing of these', () => ({ from: '127.0.0.9' }), open('127.0.0.9')],
    ['a host without the range', () => ({ from: '127.0.0.9', headers: { host: 'b.example' } }), open('127.0.0.9')],
    [
      'a client that somebody makes up who is no proxy',
      () => ({ from: '127.0.0.60', headers: forwarded('203.0.113.7') }),
      open('127.0.0.60'),
    ],
    [
      'a client that a client makes up before a proxy',
      () => ({ from: '127.0.0.50', headers: forwarded('203.0.113.7, 198.51.100.1') }),
      open('198.51.100.1'),
    ],
    [
      'a proxy that is not among those of an endpoint',
      () => ({ from: '127.0.0.50', headers: forwarded('127.0.0.51') }),
      open('127.0.0.51'),
    ],
  ])('is told by %s', async (_, by, condition) => {
    const visitor = probe.visit(by());
    expect(await probe.holds(visitor, condition)).toBe(true);
    expect(await probe.holds(visitor, otherThan(condition))).toBe(false);
  });

  test('is no other: all keys differ from those of the next endpoint', async () => {
    const visitor = probe.visit({ from: '127.0.2.9' });
    const condition = through('vpce-api', 'vpc-1', account, '127.0.2.9');
    for (const [key, value] of Object.entries({
      'aws:SourceVpce': 'vpce-own',
      'aws:SourceVpc': 'vpc-2',
      'aws:VpceAccount': other,
    })) {
      const changed = { ...condition, StringEquals: { ...condition['StringEquals'], [key]: value } };
      expect(await probe.holds(visitor, changed), key).toBe(false);
    }
    expect(await probe.holds(visitor, { ...condition, Null: { 'aws:SourceIp': 'false' } })).toBe(false);
  });
});

/** The condition with one of its keys turned round. */
function otherThan(condition: ConditionBlock): ConditionBlock {
  const { Null = {} } = condition;
  const [key = ''] = Object.keys(Null);
  return { ...condition, Null: { ...Null, [key]: 'false' } };
}
