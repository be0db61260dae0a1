import { describe, expect, test } from 'vitest';
import { readPolicyDocument } from '../policy/document.ts';
import { listPrincipalReferences, parsePrincipalReference, type PrincipalReference } from './principal-names.ts';
import { showPrincipals } from './show-principals.ts';

const account = '123456789012';
const iam = `arn:aws:iam::${account}`;
const sts = `arn:aws:sts::${account}`;

const names: [written: string, reference: Omit<PrincipalReference, 'written' | 'account'>][] = [
  [account, { kind: 'account', name: '' }],
  [`${iam}:root`, { kind: 'account', name: '' }],
  [`${iam}:user/bob`, { kind: 'user', name: 'bob' }],
  [`${iam}:user/eng/b_o+b=,.@-`, { kind: 'user', name: 'eng/b_o+b=,.@-' }],
  [`${iam}:user/a:b/c`, { kind: 'user', name: 'a:b/c' }],
  [`${iam}:role/aws-service-role/ecs.amazonaws.com/x`, { kind: 'role', name: 'aws-service-role/ecs.amazonaws.com/x' }],
  [`${iam}:role/${'r'.repeat(64)}`, { kind: 'role', name: 'r'.repeat(64) }],
  [`${sts}:assumed-role/r/s@example.com`, { kind: 'session', name: 'r', session: 's@example.com' }],
  [`${sts}:federated-user/fred`, { kind: 'federated-user', name: 'fred' }],
];

const strangers = [
  ...['', '*', 'bob', '12345678901', '1234567890123', 'AIDAEXAMPLEEXAMPLE12', 'arn', 'arn:aws:iam::', iam],
  ...[
    `${iam}:*`,
    `${iam}:user/*`,
    `${iam}:user/b?b`,
    `${iam}:user/*/bob`,
    `${iam}:role/`,
    `${iam}:role/a/`,
    `${iam}:user`,
  ],
  ...[`${iam}:group/a`, `${iam}:root/`, `${iam}:policy/a`, `${iam}:role/${'r'.repeat(65)}`, `${iam}:user/a b`],
  ...[`${iam}:assumed-role/r/se`, `${sts}:root`, `${sts}:user/bob`, `${sts}:assumed-role/r`, `${sts}:assumed-role/r/s`],
  ...[
    `${sts}:assumed-role/p/r/se`,
    `${sts}:assumed-role/r/*`,
    `${sts}:federated-user/f`,
    `${sts}:federated-user/fr/ed`,
  ],
  ...[`${iam}:role/${'p/'.repeat(257)}r`, `arn:aws:iam:us-east-1:${account}:root`, `arn:aws:ecr::${account}:root`],
  ...[`arn:aws-cn:iam::${account}:root`, `ARN:aws:iam::${account}:root`, 'arn:aws:iam::*:root', `${iam}:user/é`],
  `${iam}:user/${'x'.repeat(100_000)}`,
];

describe('a principal', () => {
  test.each(names)('%s', (written, reference) => {
    expect(parsePrincipalReference(written)).toEqual({ written, account, ...reference });
  });

  test.each(strangers)('is nobody as %.80j', (written) => {
    expect(parsePrincipalReference(written)).toBeUndefined();
  });
});

test('the principals of a document are those of all its statements, each once', () => {
  const statements = [
    { Effect: 'Allow', Principal: { AWS: [`${iam}:root`, '*', `${iam}:user/a`], Service: 'a.b' } },
    { Effect: 'Deny', NotPrincipal: { AWS: `${iam}:role/r` } },
    { Effect: 'Deny', Principal: { AWS: `${iam}:user/a` } },
    { Effect: 'Deny', Principal: '*' },
    { Effect: 'Deny' },
    { Effect: 'Deny', Principal: { Federated: `${iam}:oidc-provider/x` } },
  ];
  const document = readPolicyDocument(JSON.stringify({ Statement: statements }));
  expect(listPrincipalReferences(document)).toEqual([
    { written: `${iam}:root`, kind: 'account', account, name: '' },
    { written: `${iam}:user/a`, kind: 'user', account, name: 'a' },
    { written: `${iam}:role/r`, kind: 'role', account, name: 'r' },
  ]);
});

describe('a policy is shown', () => {
  const text = `{ "Statement" : [{"Effect":"Allow", "Sid":"${iam}:user/a", "Principal": {"AWS" : [ "${iam}:user\\/a","*",
    "${iam}:user/b"], "Service":"gone.example"}},{"Effect":"Deny","NotPrincipal":{"AWS":"${iam}:user/a"},
    "Condition":{"ArnEquals":{"AWS":"${iam}:user/a"}}}]}`;

  test('with unique ids in place of who has gone, and byte for byte otherwise', () => {
    const shown = showPrincipals(text, (written) => (written === `${iam}:user/a` ? 'AIDA"1' : written));
    const expected = text
      .replace(`"${iam}:user\\/a"`, '"AIDA\\"1"')
      .replace(`{"AWS":"${iam}:user/a"},\n`, '{"AWS":"AIDA\\"1"},\n');
    expect(shown).toBe(expected);
  });

  test('as it is where nobody has gone', () => {
    expect(showPrincipals(text, (written) => written)).toBe(text);
  });

  test('whatever its one statement or principal is', () => {
    const one = `{"Statement":{"Effect":"Allow","Principal":{"AWS":"${iam}:role/r"}}}`;
    expect(showPrincipals(one, () => 'AROA1')).toBe('{"Statement":{"Effect":"Allow","Principal":{"AWS":"AROA1"}}}');
    const all = '{"Statement":{"Effect":"Allow","Principal":"*"}}';
    expect(showPrincipals(all, () => 'AROA1')).toBe(all);
  });
});
