import { isAccountId } from '../../names.ts';
import type { PolicyDocument, PrincipalElement } from '../policy/document.ts';

/** A principal of the kind AWS that a policy names. */
export interface PrincipalReference {
  /** As it stands in the document. */
  readonly written: string;
  readonly kind: 'account' | 'user' | 'role' | 'session' | 'federated-user';
  readonly account: string;
  /**
   * Of a user or role what stands after `user/` or `role/`: its path and name (`eng/bob`). Of a session the name of its
   * role, without a path as in its ARN. '' for an account.
   */
  readonly name: string;
  /** Name of the role session. */
  readonly session?: string;
}

/** The principals of Principal and NotPrincipal in all statements, each once, without `*`. */
export function listPrincipalReferences(document: PolicyDocument): PrincipalReference[] {
  const written = new Set(
    document.statements.flatMap(({ principal, notPrincipal }) => [...awsNames(principal), ...awsNames(notPrincipal)]),
  );
  return [...written].flatMap((one) => parsePrincipalReference(one) ?? []);
}

function awsNames(element: PrincipalElement | undefined): readonly string[] {
  return element === undefined || element === '*' ? [] : (element.AWS ?? []);
}

/**
 * Reads one name of the kind AWS: the 12 digits of an account, or the ARN of an account (`:root`), user, role, role
 * session or federated user. Undefined for everything else: `*`, names with wildcards, unique ids, other partitions.
 */
export function parsePrincipalReference(written: string): PrincipalReference | undefined {
  if (isAccountId(written)) return { written, kind: 'account', account: written, name: '' };
  if (written.length > 2048) return undefined;
  const [arn, partition, service, region, account = '', resource = '', ...rest] = written.split(':');
  if (arn !== 'arn' || partition !== 'aws' || region !== '' || !isAccountId(account)) return undefined;
  // A path may have colons, other names not.
  const whole = [resource, ...rest].join(':');
  if (service === 'iam') return iamReference({ written, account }, whole);
  return service === 'sts' ? stsReference({ written, account }, whole) : undefined;
}

type Owner = Pick<PrincipalReference, 'written' | 'account'>;

function iamReference(owner: Owner, resource: string): PrincipalReference | undefined {
  if (resource === 'root') return { ...owner, kind: 'account', name: '' };
  const kind = (['user', 'role'] as const).find((one) => resource.startsWith(`${one}/`));
  if (kind === undefined) return undefined;
  const name = resource.slice(kind.length + 1);
  const base = name.lastIndexOf('/') + 1;
  const wellFormed = isPath(name.slice(0, base)) && isName(name.slice(base), 1, 64);
  return wellFormed ? { ...owner, kind, name } : undefined;
}

function stsReference(owner: Owner, resource: string): PrincipalReference | undefined {
  const [type, name = '', session, ...more] = resource.split('/');
  if (type === 'federated-user' && session === undefined && isName(name, 2, 32))
    return { ...owner, kind: 'federated-user', name };
  if (type === 'assumed-role' && session !== undefined && more.length === 0 && isName(name, 1, 64))
    return isName(session, 2, 64) ? { ...owner, kind: 'session', name, session } : undefined;
  return undefined;
}

/** IAM's rule for the names of users, roles and sessions. */
function isName(text: string, shortest: number, longest: number): boolean {
  return text.length >= shortest && text.length <= longest && /^[\w+=,.@-]+$/.test(text);
}

/** A path without its first slash. A wildcard would be allowed in the path of a user, but not in a principal. */
function isPath(text: string): boolean {
  return text.length <= 512 && /^[!-~]*$/.test(text) && !/[*?]/.test(text);
}

/** `ecr.amazonaws.com`: only the form, since the services of AWS are no list that ends. */
function isServicePrincipal(text: string): boolean {
  return text.length <= 255 && /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(text);
}

/** The domain of a web identity provider, or the ARN of an OIDC or SAML provider. */
function isFederatedPrincipal(text: string): boolean {
  if (isServicePrincipal(text)) return true;
  return /^arn:aws:iam::[0-9]{12}:(?:oidc|saml)-provider\/[!-~]{1,255}$/.test(text) && !/[*?]/.test(text);
}

/** What is wrong in a principal element: it names nobody, or one name that cannot be a principal. */
export type PrincipalFault = 'empty' | { readonly kind: keyof Exclude<PrincipalElement, '*'>; readonly name: string };

/** The first fault of a principal element, or undefined. Only the form is judged, not whether somebody is there. */
export function principalFault(element: PrincipalElement): PrincipalFault | undefined {
  if (element === '*') return undefined;
  const { AWS = [], Service = [], Federated = [], CanonicalUser = [] } = element;
  if (AWS.length + Service.length + Federated.length + CanonicalUser.length === 0) return 'empty';
  const aws = AWS.find((name) => name !== '*' && parsePrincipalReference(name) === undefined);
  if (aws !== undefined) return { kind: 'AWS', name: aws };
  const service = Service.find((name) => !isServicePrincipal(name));
  if (service !== undefined) return { kind: 'Service', name: service };
  const federated = Federated.find((name) => !isFederatedPrincipal(name));
  if (federated !== undefined) return { kind: 'Federated', name: federated };
  // An owner of S3 objects: nobody here is one.
  return CanonicalUser[0] === undefined ? undefined : { kind: 'CanonicalUser', name: CanonicalUser[0] };
}
