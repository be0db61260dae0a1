import { describe, expect, it } from 'vitest';
import { endpointOf, registryName, type Advertise } from './endpoint.ts';

const account = '123456789012';
const region = 'us-east-1';
const bare = { kind: 'bare' };
const api = (service: string, where: string | undefined, domain = 'amazonaws.com') => ({
  kind: 'api',
  service,
  region: where,
  domain,
});
const registry = (domain: string) => ({ kind: 'registry', account, region, domain });

describe('endpointOf', () => {
  it.each([
    // AWS's own names
    ['api.ecr.us-east-1.amazonaws.com', api('ecr', 'us-east-1')],
    ['api.ecr-public.us-east-1.amazonaws.com', api('ecr-public', 'us-east-1')],
    ['ecr.us-east-1.amazonaws.com', api('ecr', 'us-east-1')],
    ['ecr-fips.us-east-1.amazonaws.com', api('ecr', 'us-east-1')],
    ['api.ecr-fips.us-gov-west-1.amazonaws.com:443', api('ecr', 'us-gov-west-1')],
    ['api.ecr.cn-north-1.amazonaws.com.cn', api('ecr', 'cn-north-1', 'amazonaws.com.cn')],
    ['api.ecr.eusc-de-east-1.amazonaws.eu', api('ecr', 'eusc-de-east-1', 'amazonaws.eu')],
    ['sts.amazonaws.com', api('sts', undefined)],
    ['sts.eu-west-1.amazonaws.com', api('sts', 'eu-west-1')],
    ['iam.amazonaws.com', api('iam', undefined)],
    ['iam-fips.amazonaws.com:443', api('iam', undefined)],
    ['iam.us-gov.amazonaws.com', api('iam', undefined)],
    ['iam.cn-north-1.amazonaws.com.cn', api('iam', 'cn-north-1', 'amazonaws.com.cn')],
    ['iam.registry.example', api('iam', undefined, 'registry.example')],
    [`${account}.dkr.ecr.us-east-1.amazonaws.com`, registry('amazonaws.com')],
    [`${account}.dkr.ecr.us-east-1.amazonaws.com:4566`, registry('amazonaws.com')],
    [`${account}.dkr.ecr-fips.us-east-1.amazonaws.com`, registry('amazonaws.com')],
    // accepted domains, and the one that resolvers know of themselves
    ['api.ecr.us-east-1.registry.example', api('ecr', 'us-east-1', 'registry.example')],
    ['sts.registry.example', api('sts', undefined, 'registry.example')],
    [`${account}.dkr.ecr.us-east-1.registry.example`, registry('registry.example')],
    [`${account}.dkr.ecr.us-east-1.localhost:4566`, registry('localhost')],
    // names that say nothing
    ['', bare],
    ['localhost', bare],
    ['localhost:4566', bare],
    ['127.0.0.1:4566', bare],
    ['[::1]:4566', bare],
    ['[::1', bare],
    ['registry.example', bare],
    ['amazonaws.com', bare],
    ['.amazonaws.com', bare],
    ['api.amazonaws.com', bare],
    // a region is needed where the service has one in its name
    ['ecr.amazonaws.com', bare],
    ['api.ecr.amazonaws.com', bare],
    ['api.ecr.us.amazonaws.com', bare],
    ['sts.not_a_region.amazonaws.com', bare],
    ['sts.us-gov.amazonaws.com', bare],
    // other services and other shapes
    ['s3.us-east-1.amazonaws.com', bare],
    ['api.ecr.us-east-1.extra.amazonaws.com', bare],
    [`12345.dkr.ecr.us-east-1.amazonaws.com`, bare],
    [`${account}.dkr.ecr.here.amazonaws.com`, bare],
    [`${account}.dkr.s3.us-east-1.amazonaws.com`, bare],
    [`a.${account}.dkr.ecr.us-east-1.amazonaws.com`, bare],
    [`${account}.dkr.ecr.us-east-1.amazonaws.com.evil.example`, bare],
    [`${account}.dkr.ecr.us-east-1.notamazonaws.com`, bare],
    [`${account}.dkr.ecr.us-east-1.unknown.example`, bare],
  ])('reads %j', (host, meant) => {
    expect(endpointOf(host, ['registry.example'])).toEqual(meant);
  });

  it('takes an accepted domain that lies below one of AWS', () => {
    const host = 'ecr.us-east-1.vpce.amazonaws.com';
    expect(endpointOf(host, ['vpce.amazonaws.com'])).toEqual(api('ecr', 'us-east-1', 'vpce.amazonaws.com'));
  });
});

describe('registryName', () => {
  const asHost: Advertise = { kind: 'host' };
  const asDomain: Advertise = { kind: 'domain', domain: 'images.example' };
  const official = `${account}.dkr.ecr.${region}`;

  it.each([
    ['localhost:4566', false, asHost, 'http://localhost:4566', 'localhost:4566'],
    ['registry.example', true, asHost, 'https://registry.example', 'registry.example'],
    ['[::1]:4566', false, asHost, 'http://[::1]:4566', '[::1]:4566'],
    // behind a domain that is advertised stands whatever ends TLS there
    ['localhost:4566', false, asDomain, `https://${official}.images.example`, `${official}.images.example`],
    // who came by a name of a family gets one of the same family, with the port they came by
    [
      'api.ecr.us-east-1.registry.example:8443',
      true,
      asDomain,
      `https://${official}.registry.example:8443`,
      `${official}.registry.example:8443`,
    ],
    ['sts.amazonaws.com', true, asHost, `https://${official}.amazonaws.com`, `${official}.amazonaws.com`],
    [`${official}.localhost:4566`, false, asHost, `http://${official}.localhost:4566`, `${official}.localhost:4566`],
  ])('answers who asked by %s, TLS %s', (host, secure, advertise, proxy, uri) => {
    const endpoint = endpointOf(host, ['registry.example']);
    expect(registryName({ account, region }, { host, secure, endpoint }, advertise)).toEqual({ proxy, uri });
  });

  it('names the registry asked about, not the one whose name was used', () => {
    const host = `${account}.dkr.ecr.us-east-1.amazonaws.com`;
    const asked = { host, secure: true, endpoint: endpointOf(host, []) };
    expect(registryName({ account: '210987654321', region: 'eu-west-1' }, asked, asHost).uri).toBe(
      '210987654321.dkr.ecr.eu-west-1.amazonaws.com',
    );
  });
});
