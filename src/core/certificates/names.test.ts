import { describe, expect, it } from 'vitest';
import { knownRegions } from '../../domain/regions.ts';
import { canonicalAddress, findForbidden, isTooManyFor, permittedNames, serverNames, type Names } from './names.ts';

const nothing = { regions: [], domains: [], hosts: [] };
const one = { ...nothing, regions: ['eu-central-1'] };

/** As a client matches a name with those of a certificate: a star is one label (RFC 6125 §6.4.3). */
function isNamed(name: string, { dns }: Names): boolean {
  return dns.includes(name) || dns.includes(name.replace(/^[^.]+/, '*'));
}

describe('the names of a server', () => {
  it.each([
    '123456789012.dkr.ecr.eu-central-1.amazonaws.com',
    '123456789012.dkr.ecr-fips.eu-central-1.amazonaws.com',
    'api.ecr.eu-central-1.amazonaws.com',
    'ecr.eu-central-1.amazonaws.com',
    'ecr-fips.eu-central-1.amazonaws.com',
    'api.ecr-fips.eu-central-1.amazonaws.com',
    'sts.eu-central-1.amazonaws.com',
    'kms.eu-central-1.amazonaws.com',
    'kms-fips.eu-central-1.amazonaws.com',
    'secretsmanager.eu-central-1.amazonaws.com',
    'events.eu-central-1.amazonaws.com',
    'cloudtrail.eu-central-1.amazonaws.com',
    'sts.amazonaws.com',
    'iam.amazonaws.com',
    'api.ecr-public.us-east-1.amazonaws.com',
    'public.ecr.aws',
    '123456789012.dkr.ecr.eu-central-1.localhost',
    'localhost',
  ])('have %s', (name) => {
    expect(isNamed(name, serverNames(one))).toBe(true);
  });

  it.each([
    'dkr.ecr.eu-central-1.amazonaws.com',
    '1.2.dkr.ecr.eu-central-1.amazonaws.com',
    '123456789012.dkr.ecr.us-east-1.amazonaws.com',
    's3.eu-central-1.amazonaws.com',
    'iam.us-gov.amazonaws.com',
    'signin.aws.amazon.com',
    'x.localhost',
    'amazonaws.com',
  ])('have not %s', (name) => {
    expect(isNamed(name, serverNames(one))).toBe(false);
  });

  it.each([
    ['cn-north-1', '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', 'iam.cn-north-1.amazonaws.com.cn'],
    ['us-gov-west-1', '123456789012.dkr.ecr.us-gov-west-1.amazonaws.com', 'iam.us-gov.amazonaws.com'],
    ['eusc-de-east-1', '123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu', 'iam.eusc-de-east-1.amazonaws.eu'],
  ])('of %s are those of its partition', (region, registry, iam) => {
    const names = serverNames({ ...nothing, regions: [region] });
    expect([isNamed(registry, names), isNamed(iam, names)]).toEqual([true, true]);
    expect(isNamed('sts.amazonaws.com', names)).toBe(false);
  });

  it('are the same below a domain of one’s own, and the domain itself', () => {
    const names = serverNames({ ...one, domains: ['registry.example.com'] });
    for (const first of ['123456789012.dkr.ecr.eu-central-1', 'api.ecr.eu-central-1', 'sts.eu-central-1', 'sts'])
      expect(isNamed(`${first}.registry.example.com`, names), first).toBe(true);
    expect(isNamed('registry.example.com', names)).toBe(true);
    expect(isNamed('other.registry.example.com', names)).toBe(false);
  });

  it('have what is asked for besides, addresses as addresses, each once', () => {
    const names = serverNames({ ...one, hosts: ['registry', '10.0.0.7', '0:0::1', 'localhost', 'fd00:0:0::7'] });
    expect(names.dns.filter((name) => name === 'registry' || name === 'localhost').sort()).toEqual([
      'localhost',
      'registry',
    ]);
    expect(names.addresses).toEqual(['127.0.0.1', '::1', '10.0.0.7', 'fd00::7']);
  });
});

describe('what an authority may speak for', () => {
  it('is every server name of every known region, whatever regions it was made for', () => {
    const permitted = permittedNames(nothing);
    expect(findForbidden(serverNames({ ...nothing, regions: knownRegions }), permitted)).toEqual([]);
  });

  it('is that of a region nobody knows yet, where it was made for it', () => {
    const wanted = { ...nothing, regions: ['eu-moon-1'] };
    expect(findForbidden(serverNames(wanted), permittedNames(wanted))).toEqual([]);
    expect(findForbidden(serverNames(wanted), permittedNames(nothing))).toContain('*.dkr.ecr.eu-moon-1.amazonaws.com');
  });

  it('is in each region these names and no others', () => {
    const { dns } = permittedNames(nothing);
    expect(dns.filter((name) => name.includes('.eu-west-3.')).sort()).toEqual(
      [
        ...['ecr', 'ecr-fips', 'dkr.ecr', 'sts', 'sts-fips', 'kms', 'kms-fips', 'events', 'events-fips'],
        ...['secretsmanager', 'secretsmanager-fips', 'cloudtrail', 'cloudtrail-fips'],
      ]
        .map((name) => `${name}.eu-west-3.amazonaws.com`)
        .sort(),
    );
  });

  it('is without a region these names and no others', () => {
    const { dns, addresses } = permittedNames(nothing);
    const regional = new RegExp(`\\.(${knownRegions.join('|')})\\.`);
    expect(dns.filter((name) => !regional.test(name)).sort()).toEqual([
      'iam-fips.amazonaws.com',
      'iam.amazonaws.com',
      'iam.us-gov.amazonaws.com',
      'localhost',
      'public.ecr.amazonaws.com',
      'public.ecr.aws',
      'sts.amazonaws.com',
    ]);
    expect(addresses).toEqual(['127.0.0.1', '::1']);
  });

  it('has no leading dot and no star, which clients read differently', () => {
    const { dns } = permittedNames({ regions: ['eu-moon-1'], domains: ['registry.example.com'], hosts: ['registry'] });
    expect(dns.filter((name) => !/^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(name))).toEqual([]);
    expect(new Set(dns).size).toBe(dns.length);
  });

  const ours = permittedNames({ regions: [], domains: ['registry.example.com'], hosts: ['build.corp', '10.0.0.7'] });
  it.each([
    's3.us-east-1.amazonaws.com',
    's3.amazonaws.com',
    'ec2.us-east-1.amazonaws.com',
    'amazonaws.com',
    '*.amazonaws.com',
    'xecr.us-east-1.amazonaws.com',
    'ecr.us-east-1.amazonaws.com.evil.example',
    'aws.amazon.com',
    'example.com',
    'com',
  ])('is not %s', (name) => {
    expect(findForbidden({ dns: [name], addresses: [] }, ours)).toEqual([name]);
  });

  it.each(['10.0.0.1', '127.0.0.2', '::2'])('is not %s', (address) => {
    expect(findForbidden({ dns: [], addresses: [address] }, ours)).toEqual([address]);
  });

  it('is a domain and a host of one’s own, with what lies below them', () => {
    const dns = ['registry.example.com', '*.dkr.ecr.eu-moon-1.registry.example.com', 'build.corp'];
    expect(findForbidden({ dns, addresses: ['10.0.0.7'] }, ours)).toEqual([]);
  });

  it('is everything where there are no constraints', () => {
    expect(findForbidden({ dns: ['example.com'], addresses: ['10.0.0.1'] }, undefined)).toEqual([]);
  });
});

describe('a certificate', () => {
  it('of ten regions with a domain is looked through by clients, one of all regions is not', () => {
    const wanted = { ...nothing, domains: ['registry.example.com'] };
    const permitted = permittedNames(wanted);
    expect(isTooManyFor(serverNames({ ...wanted, regions: knownRegions.slice(0, 10) }), permitted)).toBe(false);
    expect(isTooManyFor(serverNames({ ...wanted, regions: knownRegions }), permitted)).toBe(true);
  });
});

describe('an address', () => {
  it.each([
    ['10.0.0.7', '10.0.0.7'],
    ['FE80:0::0:1', 'fe80::1'],
    ['::1', '::1'],
    ['::ffff:10.0.0.7', undefined],
    ['fe80::1%eth0', undefined],
    ['010.0.0.7', undefined],
    ['10.0.0', undefined],
    ['registry', undefined],
  ])('%s is %s', (text, address) => {
    expect(canonicalAddress(text)).toBe(address);
  });
});
