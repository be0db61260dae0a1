import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { checkEndpointPolicy } from '../domain/iam/documents/endpoint-policy.ts';
import type { PolicyDocument } from '../domain/iam/policy/document.ts';
import {
  openEndpointPolicy,
  type DeclaredEndpoint,
  type EndpointService,
  type EndpointWay,
} from '../domain/vpc-endpoints.ts';
import { findNearest } from '../lib/nearest.ts';
import { endpointFields, servicesField } from './endpoint-fields.ts';
import { ValueError, type Address } from './kinds.ts';
import { asMap, textIn } from './yaml-value.ts';

/** Where a value stands, for its mistakes, and where they go. */
interface Place {
  readonly file: string;
  readonly name: string;
  readonly mistakes: string[];
}

type Values = { [N in keyof typeof endpointFields]?: ReturnType<(typeof endpointFields)[N]['kind']['parse']> };

const below = (place: Place, name: string): Place => ({ ...place, name: `${place.name}: ${name}` });
const refuse = ({ name, mistakes }: Place, why: string): undefined => void mistakes.push(`${name}: ${why}.`);

/**
 * Reads the list `endpoints` of the YAML file. What is wrong with each goes to the mistakes; what is wrong between them is
 * for endpoint-conflicts.ts.
 */
export function readEndpoints(value: unknown, file: string, mistakes: string[]): DeclaredEndpoint[] {
  const place: Place = { file, name: `${file}: endpoints`, mistakes };
  if (!Array.isArray(value)) {
    refuse(place, 'it must be a list of endpoints, each with the keys of its own');
    return [];
  }
  return value.flatMap((one: unknown, index) => {
    const members = asMap(one);
    const id = members?.['id'];
    const own = below(place, typeof id === 'string' && id !== '' ? id : `number ${index + 1}`);
    if (members === undefined) refuse(own, 'it must be a map of keys and values');
    return (members && readEndpoint(members, own)) ?? [];
  });
}

function readEndpoint(members: Readonly<Record<string, unknown>>, place: Place): DeclaredEndpoint | undefined {
  const before = place.mistakes.length;
  refuseUnknown(Object.keys(members), place);
  const values: Values = {};
  for (const name of Object.keys(endpointFields) as (keyof typeof endpointFields)[])
    readField(name, members, values, place);
  const services = readServices(members[servicesField.key], place);
  const way = readWay(members, values, place);
  const { id, vpc, account, hosts = [] } = values;
  if (place.mistakes.length > before || !way || id === undefined || vpc === undefined || account === undefined)
    return undefined;
  return Object.freeze({ id, vpc, account, way, hosts: Object.freeze([...hosts]), services });
}

function refuseUnknown(given: readonly string[], place: Place): void {
  const known = [...Object.values(endpointFields), servicesField].map(({ key }) => key);
  for (const key of given.filter((one) => !known.includes(one))) {
    const nearest = findNearest(key.toLowerCase().replaceAll('_', '-'), known);
    if (nearest === undefined) refuse(place, `there is no key "${key}"`);
    else place.mistakes.push(`${place.name}: there is no key "${key}"; did you mean "${nearest}"?`);
  }
}

function readField<N extends keyof typeof endpointFields>(
  name: N,
  members: Readonly<Record<string, unknown>>,
  values: Values,
  place: Place,
): void {
  const { key, kind, need } = endpointFields[name];
  const value = members[key];
  if (value === undefined) return need === 'always' ? refuse(place, `it has no ${key}`) : undefined;
  const read = textIn(value, kind);
  if ('mistake' in read) return refuse(below(place, key), read.mistake);
  values[name] = parsed(() => kind.parse(read.text, dirname(place.file)), below(place, key)) as Values[N];
}

function parsed<T>(parse: () => T, place: Place): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    return refuse(place, error.message);
  }
}

/** Exactly one of the four: a second would leave open whether both are needed. */
function readWay(members: Readonly<Record<string, unknown>>, values: Values, place: Place): EndpointWay | undefined {
  const { listen, tlsListen, networks, proxies } = endpointFields;
  const given = [listen, tlsListen, networks, proxies]
    .map(({ key }) => key)
    .filter((key) => members[key] !== undefined);
  const [first, second] = given;
  if (first === undefined) {
    const alone =
      members[endpointFields.hosts.key] === undefined
        ? ''
        : 'hosts alone prove nothing, since clients choose the name they ask by: ';
    return refuse(place, `${alone}it must say how requests come to it, by listen, tls-listen, networks or proxies`);
  }
  if (second !== undefined) return refuse(place, `it has both ${first} and ${second}; there is one way to an endpoint`);
  const listener = (address: Address, secure: boolean): EndpointWay => ({ kind: 'listener', ...address, secure });
  if (values.listen) return listener(values.listen, false);
  if (values.tlsListen) return listener(values.tlsListen, true);
  if (values.networks) return { kind: 'networks', networks: values.networks };
  return values.proxies && { kind: 'proxies', networks: values.proxies };
}

function readServices(value: unknown, place: Place): ReadonlyMap<EndpointService, PolicyDocument> {
  const own = below(place, servicesField.key);
  const services = new Map<EndpointService, PolicyDocument>();
  const policies = asMap(value);
  for (const name of readServiceNames(policies ? Object.keys(policies) : value, place, own)) {
    const policy = policies ? readPolicy(policies[name], below(own, name)) : openEndpointPolicy;
    if (policy) services.set(name, policy);
  }
  return services;
}

function readServiceNames(value: unknown, place: Place, own: Place): readonly EndpointService[] {
  if (value === undefined) refuse(place, `it has no ${servicesField.key}`);
  if (value === undefined) return [];
  const read = textIn(value, servicesField.kind);
  if ('mistake' in read) refuse(own, read.mistake);
  const names = 'text' in read ? parsed(() => servicesField.kind.parse(read.text, ''), own) : undefined;
  if (names?.length === 0) refuse(own, 'it names none');
  return names ?? [];
}

/** The ways to write nothing in YAML, which all are text here. */
const nothing = new Set(['', '~', 'null']);

/** A policy as YAML, as JSON text, or as the name of a file with it; nothing stands for the one that allows all. */
function readPolicy(value: unknown, place: Place): PolicyDocument | undefined {
  if (typeof value === 'string' && nothing.has(value)) return openEndpointPolicy;
  const text = typeof value !== 'string' ? JSON.stringify(value) : isJson(value) ? value : readPolicyFile(value, place);
  if (text === undefined) return undefined;
  try {
    return checkEndpointPolicy(text);
  } catch (error) {
    place.mistakes.push(`${place.name}: ${(error as Error).message}`);
    return undefined;
  }
}

const isJson = (text: string): boolean => /^\s*[{[]/.test(text);

function readPolicyFile(name: string, place: Place): string | undefined {
  const file = resolve(dirname(place.file), name);
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    return refuse(place, `the file ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}
