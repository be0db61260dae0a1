import type { Context } from '../../domain/iam/policy/context.ts';
import type { Principal } from '../../domain/iam/principal.ts';
import type { Call } from '../app.ts';

/** What an action tells of itself to conditions: keys in lower case ('aws:requesttag/team'). */
export type ContextKeys = Readonly<Record<string, string | readonly string[]>>;

export interface ContextFacts {
  readonly resourceAccount: string;
  /** Of the resource: key in lower case → value. */
  readonly resourceTags?: ReadonlyMap<string, string> | undefined;
  /** The service whose prefix its own spelling of resource tags has: 'ecr', 'iam'. */
  readonly service: string;
  readonly keys?: ContextKeys | undefined;
}

type Value = string | readonly string[] | undefined;

const principalTag = 'aws:principaltag/';

/**
 * What conditions can ask of a request (IAM user guide, "AWS global condition context keys"; of keys that a service has,
 * its row in the service authorization reference). Found when asked for: most decisions read none.
 */
export function createContext(call: Call, facts: ContextFacts): Context {
  const { principal } = call;
  const ownResourceTag = `${facts.service}:resourcetag/`;
  return {
    get(key) {
      // A policy may ask for any key, also for what every object has.
      if (facts.keys && Object.hasOwn(facts.keys, key)) return facts.keys[key];
      if (key.startsWith(principalTag)) return principal.rights.tags.get(key.slice(principalTag.length));
      if (key.startsWith('aws:resourcetag/')) return facts.resourceTags?.get(key.slice('aws:resourcetag/'.length));
      if (key.startsWith(ownResourceTag)) return facts.resourceTags?.get(key.slice(ownResourceTag.length));
      return readers.get(key)?.(call, facts);
    },
  };
}

/** Temporary credentials only; those of a federated session and of a role alike. */
const issuedAt = ({ session }: Principal): Value => session && new Date(session.issuedAt).toISOString();

/**
 * Characters of a header that conditions are told. Whoever asks may send as many as a head may have, and who writes a
 * policy could have them compared with thousands of patterns.
 */
const longestHeader = 1024;

type ReadKey = (call: Call, facts: ContextFacts) => Value;

const readers: ReadonlyMap<string, ReadKey> = new Map(
  Object.entries<ReadKey>({
    'aws:currenttime': ({ time }) => new Date(time).toISOString(),
    'aws:epochtime': ({ time }) => String(Math.floor(time / 1000)),
    'aws:securetransport': ({ source }) => String(source.secure),
    'aws:useragent': ({ source }) => source.userAgent.slice(0, longestHeader),
    'aws:referer': ({ source }) => source.referer?.slice(0, longestHeader),
    'aws:requestedregion': ({ registry }) => registry.region,
    'aws:viaawsservice': () => 'false',
    'aws:resourceaccount': (_, { resourceAccount }) => resourceAccount,

    // The way that the request came. Through an endpoint there is no public address.
    'aws:sourceip': ({ source }) => (source.endpoint ? undefined : source.address),
    'aws:vpcsourceip': ({ source }) => source.endpoint && source.address,
    'aws:sourcevpce': ({ source }) => source.endpoint?.id,
    'aws:sourcevpc': ({ source }) => source.endpoint?.vpc,
    'aws:vpceaccount': ({ source }) => source.endpoint?.account,

    'aws:principalaccount': ({ principal }) => (principal.type === 'Service' ? undefined : principal.account),
    'aws:principaltype': ({ principal }) => (principal.type === 'Service' ? undefined : principal.type),
    'aws:principalarn': ({ principal }) =>
      principal.type === 'Service' ? undefined : (principal.role?.arn ?? principal.arn),
    'aws:userid': ({ principal }) => (principal.type === 'Service' ? undefined : principal.id),
    'aws:username': ({ principal }) => (principal.type === 'User' ? principal.name : undefined),
    'aws:principalisawsservice': ({ principal }) => String(principal.type === 'Service'),
    'aws:principalservicename': ({ principal }) => principal.service?.name,
    'aws:principalservicenameslist': ({ principal }) => principal.service && [principal.service.name],
    'aws:sourcearn': ({ principal }) => principal.service?.sourceArn,
    'aws:sourceaccount': ({ principal }) => principal.service && principal.account,

    'aws:tokenissuetime': ({ principal }) => issuedAt(principal),
    'aws:multifactorauthpresent': ({ principal }) => principal.session && 'false',
    'aws:sourceidentity': ({ principal }) => principal.session?.sourceIdentity,
  }),
);

/** What a request that sets tags tells conditions of them (IAM user guide, "aws:RequestTag", "aws:TagKeys"). */
export function keysOfTags(tags: readonly { readonly Key: string; readonly Value: string }[]): ContextKeys {
  if (tags.length === 0) return {};
  const each = tags.map(({ Key, Value }) => [`aws:requesttag/${Key.toLowerCase()}`, Value] as const);
  return { ...Object.fromEntries(each), ...keysOfTagNames(tags.map(({ Key }) => Key)) };
}

/** The same of a request that takes tags away. */
export const keysOfTagNames = (names: readonly string[]): ContextKeys => ({ 'aws:tagkeys': names });
