import { describe, expect, test } from 'vitest';
import type { Principal } from '../principal.ts';
import type { PrincipalElement } from './document.ts';
import { compileNotPrincipals, compilePrincipals, type PrincipalIds } from './principals.ts';
import {
  anonymous,
  federatedOf,
  home,
  other,
  policyOf,
  rootOf,
  serviceOf,
  sessionOf,
  statement,
  userOf,
} from './test-requests.ts';

const aws = (...names: string[]): PrincipalElement => ({ AWS: names });
const [root, user, session, federated, service] = [
  rootOf(home),
  userOf(home),
  sessionOf(home),
  federatedOf(home),
  serviceOf(home),
];
const iam = `arn:aws:iam::${home}`;

const rows: readonly (readonly [written: string, principal: Principal, naming: string | undefined])[] = [
  ['*', user, 'anyone'],
  ['*', service, 'anyone'],
  ['*', anonymous, 'anyone'],
  [home, root, 'direct'],
  [home, user, 'account'],
  [home, session, 'account'],
  [home, federated, 'account'],
  [home, service, undefined],
  [home, userOf(other), undefined],
  [`${iam}:root`, session, 'account'],
  [`${iam}:root`, rootOf(other), undefined],
  [`arn:aws-cn:iam::${home}:root`, user, undefined],
  [`${iam}:user/alice`, user, 'direct'],
  [`${iam}:user/Alice`, user, undefined],
  [`${iam}:user/*`, user, undefined],
  [`${iam}:user/alice`, federated, 'limited'],
  [`arn:aws:iam::${other}:user/alice`, user, undefined],
  [`${iam}:role/ci/builder`, session, 'limited'],
  [`${iam}:role/builder`, session, undefined],
  [`arn:aws:sts::${home}:assumed-role/builder/run`, session, 'direct'],
  [`arn:aws:sts::${home}:assumed-role/builder/*`, session, undefined],
  [`arn:aws:sts::${home}:federated-user/carol`, federated, 'direct'],
  ['lambda.amazonaws.com', service, undefined],
];

test.each(rows)('AWS %s names %o as %s', (written, principal, naming) => {
  expect(compilePrincipals(aws(written), undefined)(principal)).toBe(naming);
});

test('services are named by their element only', () => {
  const named = compilePrincipals({ Service: ['lambda.amazonaws.com'] }, undefined);
  expect(named(service)).toBe('direct');
  expect(named(serviceOf(home, 'codebuild.amazonaws.com'))).toBe(undefined);
  expect(named({ ...user, name: 'lambda.amazonaws.com' })).toBe(undefined);
});

test('other kinds name nobody here', () => {
  const named = compilePrincipals({ Federated: [user.arn], CanonicalUser: [user.arn] }, undefined);
  expect(named(user)).toBe(undefined);
});

test('of several namings the one that gives most counts', () => {
  expect(compilePrincipals(aws(home, `${iam}:role/ci/builder`), undefined)(session)).toBe('limited');
  expect(compilePrincipals(aws(`${iam}:role/ci/builder`, session.arn, home), undefined)(session)).toBe('direct');
});

describe('with the ids of when the policy was saved', () => {
  const named = (written: string, id: string | null) => compilePrincipals(aws(written), { [written]: id });

  test('a user or role that was made anew does not inherit', () => {
    expect(named(user.arn, 'AIDAALICE')(user)).toBe('direct');
    expect(named(user.arn, 'AIDAFORMER')(user)).toBe(undefined);
    expect(named(`${iam}:role/ci/builder`, 'AROABUILDER')(session)).toBe('limited');
    expect(named(`${iam}:role/ci/builder`, 'AROAFORMER')(session)).toBe(undefined);
    expect(named(session.arn, 'AROABUILDER')(session)).toBe('direct');
    expect(named(session.arn, 'AROAFORMER')(session)).toBe(undefined);
    expect(named(user.arn, 'AIDAFORMER')(federated)).toBe(undefined);
  });

  test('of a role of which one session is named, the others are not', () => {
    const another = `${session.arn.slice(0, session.arn.lastIndexOf('/'))}/other`;
    expect(named(another, 'AROABUILDER')(session)).toBe(undefined);
    expect(compilePrincipals(aws(another, home), { [another]: 'AROABUILDER', [home]: home })(session)).toBe('account');
  });

  test('nobody is nobody', () => {
    expect(named(user.arn, null)(user)).toBe(undefined);
    expect(named(home, null)(user)).toBe(undefined);
  });

  test('an account is the account', () => {
    expect(named(home, home)(user)).toBe('account');
    expect(named(federated.arn, home)(federated)).toBe('direct');
  });

  test('names that objects have by themselves are names like others', () => {
    expect(compilePrincipals(aws('constructor', '__proto__'), {})(user)).toBe(undefined);
  });
});

describe('NotPrincipal', () => {
  const spares = (principal: Principal, listed: PrincipalElement, ids?: PrincipalIds): boolean =>
    compileNotPrincipals(listed, ids, 'Deny')(principal) === undefined;

  test('with Deny spares only who is listed with all its parts', () => {
    expect(spares(user, aws(user.arn))).toBe(false);
    expect(spares(user, aws(home))).toBe(false);
    expect(spares(user, aws(user.arn, home))).toBe(true);
    expect(spares(session, aws(`${iam}:root`, `${iam}:role/ci/builder`))).toBe(false);
    expect(spares(session, aws(`${iam}:root`, session.arn))).toBe(false);
    expect(spares(session, aws(`${iam}:root`, `${iam}:role/ci/builder`, session.arn))).toBe(true);
    expect(spares(federated, aws(home, federated.arn))).toBe(true);
    expect(spares(root, aws(home))).toBe(true);
    expect(spares(service, { Service: [service.name] })).toBe(true);
    expect(spares(user, '*')).toBe(true);
  });

  test('with Deny never spares who has a boundary', () => {
    const bounded = userOf(home, { boundary: policyOf([statement('Allow')]) });
    expect(spares(bounded, aws(user.arn, home))).toBe(false);
  });

  test('with Deny does not spare who was made anew', () => {
    expect(spares(user, aws(user.arn, home), { [user.arn]: 'AIDAFORMER', [home]: home })).toBe(false);
  });

  test('with Allow is everybody who is not listed in any way', () => {
    const named = compileNotPrincipals(aws(home), undefined, 'Allow');
    expect(named(user)).toBe(undefined);
    expect(named(userOf(other))).toBe('anyone');
  });
});
