/** Whatever document comes, it is accepted and can be read again, or refused in words of the service. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endlessTexts, hostileText, strangeError } from '../../../lib/test-texts.ts';
import { RegistryError } from '../../errors.ts';
import { compilePolicy } from '../policy/compile.ts';
import { type PolicyDocument, PolicySyntaxError, readPolicyDocument } from '../policy/document.ts';
import { formatEcrPolicy } from './ecr-form.ts';
import { checkEndpointPolicy } from './endpoint-policy.ts';
import { checkIdentityPolicy, checkSessionPolicy } from './identity-policy.ts';
import { listPrincipalReferences } from './principal-names.ts';
import { checkRegistryPolicy } from './registry-policy.ts';
import { checkRepositoryPolicy } from './repository-policy.ts';
import { showPrincipals } from './show-principals.ts';
import { policySize } from './size.ts';
import { checkTrustPolicy } from './trust-policy.ts';

const own = 'arn:aws:ecr:eu-central-1:123456789012:repository/a/b';
const registry = { region: 'eu-central-1' };

/** The kinds of documents, with the kinds of refusals that each may give. */
const kinds = [
  {
    name: 'a managed policy',
    check: (text: string) => checkIdentityPolicy(text),
    refusals: ['malformedPolicyDocument'],
  },
  {
    name: 'an inline policy',
    check: (text: string) => checkIdentityPolicy(text, 'inline'),
    refusals: ['malformedPolicyDocument'],
  },
  {
    name: 'a session policy',
    check: checkSessionPolicy,
    refusals: ['malformedPolicyDocument', 'packedPolicyTooLarge'],
  },
  { name: 'a trust policy', check: checkTrustPolicy, refusals: ['malformedPolicyDocument'] },
  {
    name: 'a repository policy',
    check: (text: string) => checkRepositoryPolicy(text, own),
    refusals: ['invalidParameter'],
  },
  {
    name: 'a registry policy',
    check: (text: string) => checkRegistryPolicy(text, registry, 'V2'),
    refusals: ['invalidParameter'],
  },
  { name: 'an endpoint policy', check: checkEndpointPolicy, refusals: [] },
];

type Kind = (typeof kinds)[number];

const verdicts = ['accepted', 'refused'];

/** One of {@link verdicts}, or what is wrong with it. */
function judge({ check, refusals, name }: Kind, text: string): string {
  try {
    const document = check(text);
    compilePolicy(document, { name, resource: own });
    const same = isDeepStrictEqual(document, readPolicyDocument(text));
    return same ? 'accepted' : 'accepted as something else';
  } catch (error) {
    const expected =
      error instanceof RegistryError
        ? refusals.includes(error.kind)
        : name === 'an endpoint policy' && error instanceof Error && error.constructor === Error;
    if (!expected) return `threw ${String(error)}`;
    const { message } = error as Error;
    const fair = /\w+ \w+/.test(message) && message.isWellFormed() && message.length < 4000;
    return fair && !/undefined|\[object/.test(message) ? 'refused' : `said ${message}`;
  }
}

const statement = {
  Sid: 'a',
  Effect: 'Allow',
  Action: ['ecr:BatchGetImage', 'ecr:*'],
  Condition: {
    StringEquals: { 'aws:PrincipalTag/team': ['x', 'y'] },
    DateLessThan: { 'aws:CurrentTime': '2030-01-01' },
  },
};
const somebody = {
  AWS: ['arn:aws:iam::123456789012:root', 'arn:aws:iam::123456789012:user/a'],
  Service: 'ecs.amazonaws.com',
};
const good: Readonly<Record<string, object>> = {
  'a managed policy': { Version: '2012-10-17', Statement: [{ ...statement, Resource: ['*', own] }] },
  'an inline policy': { Statement: { ...statement, Resource: own } },
  'a session policy': { Version: '2012-10-17', Statement: [{ ...statement, Resource: '*' }] },
  'a trust policy': {
    Version: '2012-10-17',
    Statement: [{ ...statement, Principal: somebody, Action: 'sts:AssumeRole' }],
  },
  'a repository policy': {
    Version: '2008-10-17',
    Id: 'x',
    Statement: [{ ...statement, Principal: somebody, Resource: own }],
  },
  'a registry policy': { Statement: [{ ...statement, Principal: '*', Resource: `${own}*` }] },
  'an endpoint policy': {
    Statement: [
      { ...statement, Principal: '*' },
      { ...statement, Effect: 'Deny', NotPrincipal: somebody },
    ],
  },
};

const words = [
  ...['Version', 'Id', 'Statement', 'Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource'],
  ...['NotResource', 'Condition', 'AWS', 'Service', 'Federated', 'CanonicalUser', '2012-10-17', 'Allow', 'Deny', '*'],
  ...['sts:AssumeRole', 'ecr:*', own, 'arn:aws', 'arn:aws:iam::123456789012:root', '123456789012', 'StringEquals'],
  ...['ForAllValues:DateLessThanIfExists', 'Null', 'constructor', '__proto__', 'toString'],
];
const name = fc.oneof(
  { arbitrary: fc.constantFrom(...words), weight: 6 },
  { arbitrary: hostileText(...words), weight: 1 },
);

/** Objects whose members have the names of policies, `__proto__` among them, which only JSON can make. */
const { value: policyLike } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, depthIdentifier: 'policy' },
    fc.oneof(name, fc.constantFrom(null, true, 0, -1.5e300, '', [], {})),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(name, tie('value')), { maxLength: 6 }).map((members) => {
      const object = Object.create(null) as Record<string, unknown>;
      for (const [key, value] of members) object[key] = value;
      return object;
    }),
  ),
}));

/** A good document of which one thing is replaced, left out or doubled, or whose text has one character more or less. */
function mutated(document: object): fc.Arbitrary<string> {
  const text = JSON.stringify(document);
  const places = [...text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]/g)].map((match) => ({ at: match.index, of: match[0] }));
  const other = fc.oneof(
    name.map((one) => JSON.stringify(one)),
    policyLike.map((one) => JSON.stringify(one)),
  );
  const token = fc.tuple(fc.constantFrom(...places), other, fc.constantFrom('replace', 'drop', 'double'));
  return fc.oneof(
    token.map(([{ at, of }, value, how]) => {
      const before = text.slice(0, at);
      const after = text.slice(at + of.length);
      if (how === 'replace') return before + value + after;
      return how === 'drop' ? before + after : before + of + of + after;
    }),
    fc.tuple(fc.nat(text.length), fc.nat(2), hostileText()).map(([at, skip, piece]) => {
      return text.slice(0, at) + piece.slice(0, 3) + text.slice(at + skip);
    }),
  );
}

const nests = ['[', '{"a":', '{"Statement":', '{"Statement":[', '{"Condition":{"a":'].map((open) => {
  const close = open.replace(/[^{[]/g, '').replaceAll('{', '}').replaceAll('[', ']').split('').toReversed().join('');
  return open.repeat(20_000) + (open.endsWith(':') ? '1' : '') + close.repeat(20_000);
});

describe.each(kinds)('$name', (kind) => {
  const document = good[kind.name] ?? {};

  test('is accepted as it should be', () => {
    expect(judge(kind, JSON.stringify(document))).toBe('accepted');
  });

  test('is accepted or refused, whatever members it has', () => {
    const any = fc.property(policyLike, (value) => {
      expect(verdicts).toContain(judge(kind, JSON.stringify(value)));
    });
    fc.assert(any, { numRuns: 500 });
  });

  test('is accepted or refused with one thing changed', () => {
    const seen = new Set<string>();
    const changed = fc.property(mutated(document), (text) => {
      seen.add(judge(kind, text));
      expect(verdicts).toEqual(expect.arrayContaining([...seen]));
    });
    fc.assert(changed, { numRuns: 1000 });
    expect([...seen].toSorted()).toEqual(verdicts);
  });

  test('is refused where it is no document at all', () => {
    const none = fc.property(hostileText('{', '}', '"', ...words), (text) => {
      expect(judge(kind, text)).toBe('refused');
    });
    fc.assert(none, { numRuns: 300 });
  });

  test('comes to its end where the text does not seem to', () => {
    for (const text of [...endlessTexts(...words), ...nests])
      expect(judge(kind, text), text.slice(0, 20)).toBe('refused');
    const whole = JSON.stringify(document);
    for (const run of ['9', '-', '1-', 'a.', 'arn:', '${', '*', 'a/', 'é']) {
      const long = JSON.stringify(run.repeat(50_000));
      for (const part of [/"ecr:\*"/, /"sts:AssumeRole"/, /"2030-01-01"/, /"arn:[^"]*"/, /"ecs[^"]*"/, /"a"/, /"Sid"/])
        expect(verdicts).toContain(
          judge(
            kind,
            whole.replace(part, () => long),
          ),
        );
    }
  });
});

describe('any policy', () => {
  const policies = fc.oneof(
    ...Object.values(good).map(mutated),
    policyLike.map((value) => JSON.stringify(value)),
  );

  test('means the same in the form of ECR, which is its own form', () => {
    let formed = 0;
    const form = fc.property(policies, (text) => {
      expect(strangeError(() => formatEcrPolicy(text), PolicySyntaxError)).toBeUndefined();
      const before = strangeError(() => readPolicyDocument(text)) === undefined;
      if (!before) return;
      formed += 1;
      const formatted = formatEcrPolicy(text);
      expect(readPolicyDocument(formatted)).toEqual(readPolicyDocument(text));
      expect(JSON.parse(formatted)).toEqual(JSON.parse(text));
      expect(formatEcrPolicy(formatted)).toBe(formatted);
      if (text.isWellFormed()) expect(policySize(formatted)).toBeLessThanOrEqual(text.length);
    });
    fc.assert(form, { numRuns: 2000 });
    expect(formed).toBeGreaterThan(100);
  });

  test('is shown with other principals and nothing else', () => {
    const show = fc.property(policies, (text) => {
      expect(strangeError(() => showPrincipals(text, (one) => one), PolicySyntaxError)).toBeUndefined();
      if (strangeError(() => readPolicyDocument(text)) !== undefined) return;
      expect(showPrincipals(text, (one) => one)).toBe(text);
      const names = listPrincipalReferences(readPolicyDocument(text)).map(({ written }) => written);
      const shown = readPolicyDocument(showPrincipals(text, (one) => (names.includes(one) ? 'AROAGONE' : one)));
      expect(listPrincipalReferences(shown)).toEqual([]);
      const rest = ({ statements }: PolicyDocument): object[] =>
        statements.map((one) => ({ ...one, principal: undefined, notPrincipal: undefined }));
      expect(rest(shown)).toEqual(rest(readPolicyDocument(text)));
    });
    fc.assert(show, { numRuns: 1000 });
  });
});
