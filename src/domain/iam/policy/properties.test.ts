import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Principal } from '../principal.ts';
import { compilePolicy } from './compile.ts';
import { decide, type AccessRequest } from './decide.ts';
import { PolicySyntaxError, readPolicyDocument, type PolicyDocument } from './document.ts';
import { explain } from './explain.ts';
import {
  anonymous,
  contextOf,
  federatedOf,
  home,
  other,
  repository,
  rootOf,
  serviceOf,
  sessionOf,
  userOf,
} from './test-requests.ts';

/** Statements as they are written, by layer; compiled anew for each decision. */
interface Layers {
  readonly identity: unknown[][];
  readonly resource: unknown[][];
  readonly boundary: unknown[] | undefined;
  readonly session: unknown[][] | undefined;
  readonly control: unknown[][] | undefined;
  readonly endpoint: unknown[] | undefined;
}

const principals: readonly Principal[] = [
  ...[home, other].flatMap((account) => [
    userOf(account),
    sessionOf(account),
    federatedOf(account),
    rootOf(account),
    serviceOf(account),
  ]),
  anonymous,
];

const names = [
  '*',
  home,
  other,
  ...principals.flatMap(({ arn, role, user }) => [arn, role?.arn ?? arn, user?.arn ?? arn]),
];
const one = <T>(...choices: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...choices);
const some = (...choices: readonly string[]): fc.Arbitrary<string[]> =>
  fc.array(fc.constantFrom(...choices), { minLength: 1, maxLength: 3 });

const principal = fc.oneof(
  fc.constant('*'),
  fc.record({ AWS: some(...names) }),
  fc.record({ Service: some('lambda.amazonaws.com', 'ecs.amazonaws.com') }),
);
const condition = fc.oneof(
  fc.dictionary(
    one('StringEquals', 'StringNotLike', 'ForAllValues:StringLike', 'ForAnyValue:StringNotEqualsIfExists', 'ArnLike'),
    fc.dictionary(one('aws:PrincipalTag/team', 'aws:SourceArn', 'aws:TagKeys'), some('red', '*', '${aws:x}', 'b?ue')),
    { maxKeys: 2 },
  ),
  fc.dictionary(one('IpAddress', 'NotIpAddress'), fc.dictionary(one('aws:SourceIp'), some('10.0.0.0/8', '::/0'))),
);

const statementOf = (effects: fc.Arbitrary<'Allow' | 'Deny'>, named: boolean): fc.Arbitrary<unknown> =>
  fc.record(
    {
      Effect: effects,
      ...(named && { Principal: principal }),
      Action: some('*', 'ecr:*', 'ecr:PutImage', 's3:*'),
      Resource: some('*', 'arn:aws:ecr:*:*:repository/team/*', 'arn:aws:ecr:*:*:repository/x'),
      Condition: condition,
    },
    { requiredKeys: ['Effect', 'Action', 'Resource', ...(named ? (['Principal'] as const) : [])] as never[] },
  );

const effects = one<'Allow' | 'Deny'>('Allow', 'Allow', 'Allow', 'Deny');
const statements = (named: boolean): fc.Arbitrary<unknown[]> => fc.array(statementOf(effects, named), { maxLength: 3 });
const policies = (named: boolean): fc.Arbitrary<unknown[][]> => fc.array(statements(named), { maxLength: 3 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 2 });

const layers: fc.Arbitrary<Layers> = fc.record({
  identity: policies(false),
  resource: policies(true),
  boundary: maybe(statements(false)),
  session: maybe(policies(false)),
  control: maybe(policies(false)),
  endpoint: maybe(statements(true)),
});

const context = fc
  .record(
    {
      'aws:PrincipalTag/team': one('red', 'blue'),
      'aws:SourceArn': one('arn:aws:lambda:eu-west-1:1:function:x', 'red'),
      'aws:TagKeys': fc.array(one('red', 'blue')),
      'aws:SourceIp': one('10.1.2.3', '2001:db8::1', 'nowhere'),
    },
    { requiredKeys: [] },
  )
  .map(contextOf);

const rule = one<'additive' | 'explicit-trust' | 'none'>('additive', 'additive', 'explicit-trust', 'none');

const asked = fc.record({ who: one(...principals), context, rule });

function requestOf(written: Layers, { who, context: values, rule: resourceRule }: Asked): AccessRequest {
  const compile = (list: unknown[]) =>
    compilePolicy(readPolicyDocument(JSON.stringify({ Version: '2012-10-17', Statement: list })), { name: 'policy' });
  const { identity, resource, boundary, session, control, endpoint } = written;
  const rights = {
    identity: identity.map(compile),
    boundary: boundary && compile(boundary),
    session: session?.map(compile),
    tags: new Map(),
  };
  return {
    principal: { ...who, rights },
    action: 'ecr:PutImage',
    resource: repository,
    resourceAccount: home,
    context: values,
    resourceRule,
    resourcePolicies: resource.map(compile),
    ...(control !== undefined && { serviceControl: [control.map(compile)] }),
    ...(endpoint !== undefined && { endpoint: compile(endpoint) }),
  };
}

type Asked = typeof asked extends fc.Arbitrary<infer T> ? T : never;

const isAllowed = (written: Layers, question: Asked): boolean => decide(requestOf(written, question)).allowed;

const layerNames = ['identity', 'resource', 'boundary', 'session', 'control', 'endpoint'] as const;
type LayerName = (typeof layerNames)[number];

/** One more statement in a layer that is there; where it is not, nothing changes. */
function withStatement(written: Layers, layer: LayerName, statement: unknown): Layers {
  switch (layer) {
    case 'boundary':
    case 'endpoint': {
      const list = written[layer];
      return list === undefined ? written : { ...written, [layer]: [...list, statement] };
    }
    default: {
      const list = written[layer];
      return list === undefined ? written : { ...written, [layer]: [...list, [statement]] };
    }
  }
}

const reads = (layer: LayerName, { who, rule: resourceRule }: Asked): boolean =>
  (layer !== 'resource' || resourceRule !== 'none') && (layer !== 'control' || who.type !== 'Service');

test('a deny always wins, in whichever layer it stands', () => {
  const deny = { Effect: 'Deny', Principal: '*', Action: 'ecr:Put*', Resource: '*' };
  const { Principal: _, ...own } = deny;
  fc.assert(
    fc.property(layers, asked, one(...layerNames), (written, question, layer) => {
      fc.pre(written[layer] !== undefined && reads(layer, question));
      const named = layer === 'resource' || layer === 'endpoint';
      const { allowed, reason } = decide(requestOf(withStatement(written, layer, named ? deny : own), question));
      expect(allowed).toBe(false);
      expect(reason.effect).toBe('explicit-deny');
    }),
    { numRuns: 300 },
  );
});

test('one more allow never takes a right away', () => {
  const allow = statementOf(one('Allow' as const), true);
  fc.assert(
    fc.property(layers, asked, one(...layerNames), allow, (written, question, layer, statement) => {
      fc.pre(isAllowed(written, question));
      expect(isAllowed(withStatement(written, layer, statement), question)).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test('one more deny never gives a right', () => {
  const deny = statementOf(one('Deny' as const), true);
  fc.assert(
    fc.property(layers, asked, one(...layerNames), deny, (written, question, layer, statement) => {
      fc.pre(!isAllowed(written, question));
      expect(isAllowed(withStatement(written, layer, statement), question)).toBe(false);
    }),
    { numRuns: 200 },
  );
});

/** Everything in the other order: policies, statements, values. */
function reversed<T>(value: T): T {
  if (Array.isArray(value)) return value.map(reversed).toReversed() as T;
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => [name, reversed<unknown>(member)]);
  return Object.fromEntries(members.toReversed()) as T;
}

test('the order of policies, statements, elements and values does not matter', () => {
  fc.assert(
    fc.property(layers, asked, (written, question) => {
      const [forth, back] = [written, reversed(written)].map((each) => decide(requestOf(each, question)));
      expect(back?.allowed).toBe(forth?.allowed);
      expect(back?.reason.effect).toBe(forth?.reason.effect);
      expect(back?.reason.policyType).toBe(forth?.reason.policyType);
    }),
    { numRuns: 300 },
  );
});

test('the explanation has a statement that matched wherever a statement decided', () => {
  fc.assert(
    fc.property(layers, asked, (written, question) => {
      const request = requestOf(written, question);
      const { reason } = decide(request);
      fc.pre(reason.statement !== undefined);
      const outcomes = explain(request).filter(
        ({ policyType, statement }) => policyType === reason.policyType && statement === reason.statement,
      );
      const effect = reason.effect === 'allow' ? 'Allow' : 'Deny';
      expect(outcomes.some((outcome) => outcome.matched && outcome.effect === effect)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc
    .array(one('*', '?', '${', '}', ',', "'", ':', 'arn:', '/', 'aws:x', '::', '0', '\u0000', '-'), { maxLength: 12 })
    .map((parts) => parts.join('')),
);
const anyTexts = fc.oneof(anyText, fc.array(anyText, { maxLength: 4 }));
const anyOperator = fc.tuple(
  one('', 'ForAllValues:', 'ForAnyValue:', 'ForNone:'),
  one(
    'StringLike',
    'StringEqualsIgnoreCase',
    'NumericLessThan',
    'DateEquals',
    'Bool',
    'BinaryEquals',
    'IpAddress',
    'NotIpAddress',
    'ArnLike',
    'Null',
    '',
  ),
  one('', 'IfExists'),
);
const anyPrincipal = fc.oneof(
  fc.constant('*'),
  fc.dictionary(one('AWS', 'Service', 'Federated', 'CanonicalUser'), anyTexts),
);
const anyStatement = fc.record(
  {
    Effect: one('Allow', 'Deny'),
    Sid: anyText,
    Principal: anyPrincipal,
    NotPrincipal: anyPrincipal,
    Action: anyTexts,
    NotAction: anyTexts,
    Resource: anyTexts,
    NotResource: anyTexts,
    Condition: fc.dictionary(
      anyOperator.map((parts) => parts.join('')),
      fc.dictionary(fc.oneof(anyText, one('aws:x', 'aws:SourceIp')), fc.oneof(anyTexts, fc.boolean(), fc.double())),
    ),
  },
  { requiredKeys: ['Effect'] },
);
const anyDocument = fc.record(
  { Version: one('2008-10-17', '2012-10-17'), Statement: fc.array(anyStatement, { maxLength: 3 }) },
  { requiredKeys: ['Statement'] },
);

function readIfTaken(document: unknown): PolicyDocument | undefined {
  try {
    return readPolicyDocument(JSON.stringify(document));
  } catch (error) {
    expect(error).toBeInstanceOf(PolicySyntaxError);
    return undefined;
  }
}

test('never throws, whatever document the reader takes and whatever is asked', () => {
  let taken = 0;
  fc.assert(
    fc.property(
      anyDocument,
      one(...principals),
      anyText,
      anyText,
      anyTexts,
      (written, who, action, resource, value) => {
        const document = readIfTaken(written);
        if (document === undefined) return;
        taken += 1;
        const policy = compilePolicy(document, { name: 'policy', principals: { [action]: null }, resource: '*' });
        const request: AccessRequest = {
          principal: { ...who, rights: { identity: [policy], boundary: policy, session: [policy], tags: new Map() } },
          action,
          resource,
          resourceAccount: home,
          context: { get: () => value },
          resourcePolicies: [policy],
          serviceControl: [[policy]],
          endpoint: policy,
        };
        expect(typeof decide(request).allowed).toBe('boolean');
        expect(explain(request).length).toBeGreaterThanOrEqual(document.statements.length);
      },
    ),
    { numRuns: 800 },
  );
  expect(taken).toBeGreaterThan(80);
});
