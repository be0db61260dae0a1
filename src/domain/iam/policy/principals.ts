import type { Principal } from '../principal.ts';
import type { PrincipalElement } from './document.ts';

/**
 * Principal as written in the document → the unique id (`AIDA…`, `AROA…`) or account id that it stood for when the
 * policy was saved; null where it stood for nobody, and so matches nobody. Services, `*` and federated ones are not in it.
 */
export type PrincipalIds = Readonly<Record<string, string | null>>;

/**
 * How a statement names who asks. What is named *directly* (user, session, federated user, service), or with `*` as
 * *anyone*, needs no other policy in its account; a role's sessions and the federated sessions of a user are *limited* by
 * boundary and session policy; an *account* hands the decision on to the account's own policies.
 */
export type Naming = 'direct' | 'anyone' | 'limited' | 'account';

/** Who is named, or undefined. */
export type PrincipalTest = (principal: Principal) => Naming | undefined;

const better: Readonly<Record<Naming, number>> = { direct: 4, anyone: 3, limited: 2, account: 1 };

/** The one that gives more. */
export function betterNaming(a: Naming | undefined, b: Naming | undefined): Naming | undefined {
  return (a === undefined ? 0 : better[a]) >= (b === undefined ? 0 : better[b]) ? a : b;
}

/** A `Principal` element. */
export function compilePrincipals(element: PrincipalElement, ids: PrincipalIds | undefined): PrincipalTest {
  const tests = compileEach(element, ids);
  return (principal) => {
    let found: Naming | undefined;
    for (const test of tests) found = betterNaming(found, test(principal));
    return found;
  };
}

function compileEach(element: PrincipalElement, ids: PrincipalIds | undefined): PrincipalTest[] {
  if (element === '*') return [everybody];
  const services = new Set(element.Service);
  const service: PrincipalTest = ({ type, name }) => (type === 'Service' && services.has(name) ? 'direct' : undefined);
  const named = (element.AWS ?? []).map((written) => compileAws(written, ids));
  return services.size > 0 ? [service, ...named] : named;
}

const everybody: PrincipalTest = () => 'anyone';
const nobody: PrincipalTest = () => undefined;

function compileAws(written: string, ids: PrincipalIds | undefined): PrincipalTest {
  if (written === '*') return everybody;
  const id = ids !== undefined && Object.hasOwn(ids, written) ? ids[written] : undefined;
  if (id === null) return nobody;
  const account = accountWritten(written);
  if (account !== undefined) return accountTest(account);
  return entityTest(written, id);
}

/** `123456789012`, or the ARN of that account's root. */
function accountWritten(written: string): string | undefined {
  if (/^\d{12}$/.test(written)) return written;
  return /^arn:aws:iam::(\d{12}):root$/.exec(written)?.[1];
}

function accountTest(account: string): PrincipalTest {
  return (principal) => {
    if (principal.account !== account || principal.type === 'Service' || principal.type === 'Anonymous')
      return undefined;
    return principal.type === 'Account' ? 'direct' : 'account';
  };
}

/** A user, role, session or federated user: by its ARN, and by its id too where one was kept. */
function entityTest(written: string, id: string | undefined): PrincipalTest {
  const same = (held: string): boolean => id === undefined || id === held;
  // What is kept of a session is the id of its role, whose other sessions are not meant.
  const isSession = written.startsWith('arn:aws:sts:');
  return (principal) => {
    const { type, arn, account, user, role } = principal;
    if (type === 'User' && user !== undefined) return names(written, user.arn, id, user.id) ? 'direct' : undefined;
    if (type === 'AssumedRole' && role !== undefined) {
      if (arn === written) return same(role.id) ? 'direct' : undefined;
      return !isSession && names(written, role.arn, id, role.id) ? 'limited' : undefined;
    }
    if (type === 'FederatedUser') {
      if (arn === written) return same(account) ? 'direct' : undefined;
      return user !== undefined && names(written, user.arn, id, user.id) ? 'limited' : undefined;
    }
    return undefined;
  };
}

/** By id where one was kept: a user or role that was made anew under its old name does not inherit. */
function names(written: string, arn: string, id: string | undefined, held: string): boolean {
  return id === undefined ? written === arn : id === held;
}

/**
 * A `NotPrincipal` element: everybody who is not listed. With Deny, who is to be left alone must be listed with all that
 * it consists of (account; user, or role and session), since each of them is checked; a principal with a boundary is
 * denied in any case (IAM user guide, "NotPrincipal with Deny").
 */
export function compileNotPrincipals(
  element: PrincipalElement,
  ids: PrincipalIds | undefined,
  effect: 'Allow' | 'Deny',
): PrincipalTest {
  const tests = compileEach(element, ids);
  const listed = (principal: Principal): boolean => tests.some((test) => test(principal) !== undefined);
  if (tests.includes(everybody)) return nobody;
  if (effect === 'Allow') return (principal) => (listed(principal) ? undefined : 'anyone');
  return (principal) => {
    if (principal.rights.boundary !== undefined) return 'anyone';
    return layersOf(principal).every((layer) => tests.some((test) => test(principal) === layer)) ? undefined : 'anyone';
  };
}

/** What must be listed of a principal, as the namings by which a list finds each. */
function layersOf(principal: Principal): readonly Naming[] {
  switch (principal.type) {
    case 'Service':
    case 'Anonymous':
    case 'Account':
      return ['direct'];
    case 'AssumedRole':
      return ['account', 'limited', 'direct'];
    default:
      return ['account', 'direct'];
  }
}
