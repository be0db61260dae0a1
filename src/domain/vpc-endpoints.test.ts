import { describe, expect, it } from 'vitest';
import { chooseEndpoint, createEndpointFinder, findOverlap, groupEndpoints, isWithin } from './vpc-endpoints.ts';
import type { DeclaredEndpoint, EndpointWay } from './vpc-endpoints.ts';

const networks = (...texts: string[]): EndpointWay => ({ kind: 'networks', networks: texts });
const proxies = (...texts: string[]): EndpointWay => ({ kind: 'proxies', networks: texts });
const listener = (port: number, secure = false): EndpointWay => ({ kind: 'listener', host: '::1', port, secure });

const declared = (id: string, way: EndpointWay, ...hosts: string[]): DeclaredEndpoint => ({
  id,
  vpc: 'vpc-1',
  account: '123456789012',
  way,
  hosts,
  services: new Map(),
});

describe('groups', () => {
  it('hold the endpoints of the same way, however it is written', () => {
    const groups = groupEndpoints([
      declared('a', networks('10.0.0.0/8', '2001:db8::/32')),
      declared('b', listener(1)),
      declared('c', networks('2001:DB8:0::/32', '::ffff:10.9.9.9/104', '10.0.0.0/8'), 'x'),
      declared('d', proxies('10.0.0.0/8', '2001:db8::/32')),
      declared('e', listener(1, true)),
      declared('f', listener(1), 'x'),
    ]);
    expect(groups.map(({ endpoints }) => endpoints.map(({ id }) => id))).toEqual([
      ['a', 'c'],
      ['b', 'f'],
      ['d'],
      ['e'],
    ]);
  });
});

describe('a host', () => {
  const both = [declared('a', listener(1), 'a.example', '::1'), declared('b', listener(1), 'b.example')];
  const [group = never()] = groupEndpoints(both);
  const [withRest = never()] = groupEndpoints([...both, declared('rest', listener(1))]);

  it.each([
    ['a.example', 'a', 'a'],
    ['a.example:81', 'a', 'a'],
    ['b.example:', 'b', 'b'],
    ['www.a.example', '', 'rest'],
    ['[::1]:81', '', 'rest'],
    ['', '', 'rest'],
  ])('%j chooses %j, or %j where one has no hosts', (host, alone, beside) => {
    expect([chooseEndpoint(group, host), chooseEndpoint(withRest, host)]).toEqual([alone, beside]);
  });
});

function never(): never {
  throw new TypeError('no group');
}

describe('finding the endpoint of a request', () => {
  it('is no work where none has a range', () => {
    expect(createEndpointFinder(groupEndpoints([declared('a', listener(1))]))).toBeUndefined();
  });

  it.each([
    ['10.0.0.1', undefined, 'clients'],
    ['2001:db8::7', undefined, 'clients'],
    ['11.0.0.1', undefined, undefined],
    ['11.0.0.1', '10.0.0.1', undefined],
    ['11.0.0.1', '192.0.2.1', 'proxy'],
    ['10.0.0.1', '192.0.2.1', 'proxy'],
    ['10.0.0.1', '192.0.2.2', 'clients'],
    ['', undefined, undefined],
  ])('from %s over the proxy %s is %s', (address, proxy, id) => {
    const find = createEndpointFinder(
      groupEndpoints([
        declared('clients', networks('10.0.0.0/8', '2001:db8::/32')),
        declared('proxy', proxies('192.0.2.1')),
      ]),
    );
    expect(find?.({ address, proxy, host: 'x' })).toBe(id);
  });
});

describe('ways', () => {
  it.each([
    [networks('10.0.0.0/8'), networks('11.0.0.1', '10.0.0.1'), ['10.0.0.0/8', '10.0.0.1']],
    [networks('10.0.0.0/8'), networks('11.0.0.0/8'), undefined],
    [networks('10.0.0.0/8'), proxies('10.0.0.0/8'), undefined],
    [listener(1), networks('0.0.0.0/0', '::/0'), undefined],
  ])('%j and %j overlap in %j', (a, b, overlap) => {
    expect(findOverlap(a, b)).toEqual(overlap);
  });

  it.each([
    ['10.1.0.0/16', ['192.0.2.1', '10.0.0.0/8'], true],
    ['10.0.0.0/8', ['10.0.0.0/9', '10.128.0.0/9'], false],
    ['10.0.0.1', ['::ffff:10.0.0.1'], true],
    ['::1', [], false],
  ])('%s lies within %j: %s', (network, others, expected) => {
    expect(isWithin(network, others)).toBe(expected);
  });
});
