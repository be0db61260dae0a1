import type { CompiledPolicy } from './policy/compile.ts';
import type { Session } from './session.ts';

/** As `aws:PrincipalType` names them; services and who is nobody have names of our own. */
export type PrincipalType = 'Account' | 'User' | 'AssumedRole' | 'FederatedUser' | 'Service' | 'Anonymous';

/** A user or role, by what its ARN says and by its unique id, which one that is deleted and made again does not inherit. */
export interface Identity {
  readonly arn: string;
  readonly id: string;
  readonly name: string;
}

/** What a principal may do by itself: everything but the policies of the resource and of the way that the request came. */
export interface Rights {
  readonly identity: readonly CompiledPolicy[];
  readonly boundary: CompiledPolicy | undefined;
  /** Undefined without a session, or in one without policies of its own; empty: nothing by identity policies. */
  readonly session: readonly CompiledPolicy[] | undefined;
  /** `aws:PrincipalTag/…`: key in lower case → value. Those of a session stand over those of its role. */
  readonly tags: ReadonlyMap<string, string>;
}

/** Who makes a request: always an ARN in an account (IAM user guide, "Principal"). */
export interface Principal {
  /** User, session (`…:assumed-role/ROLE/SESSION`), federated user or root; of a service its name. */
  readonly arn: string;
  readonly account: string;
  /** `aws:userid`: `AIDA…`, `AROA…:session`, `ACCOUNT:name`, the account's id. */
  readonly id: string;
  readonly type: PrincipalType;
  /** Name of the user, of the session, of the federated user, of the service. */
  readonly name: string;
  /** The role of a session. */
  readonly role?: Identity | undefined;
  /** The user itself, or the one behind a session of GetSessionToken or GetFederationToken. */
  readonly user?: Identity | undefined;
  readonly session?: Session | undefined;
  /** A credential that acts as a service: its name and the resource it acts for. */
  readonly service?: { readonly name: string; readonly sourceArn: string } | undefined;
  readonly rights: Rights;
  /** The credential that the principal used: an access key, or the one that a login token came from. */
  readonly accessKeyId: string;
}

/** The rights of somebody without any policy. */
export const noRights: Rights = { identity: [], boundary: undefined, session: undefined, tags: new Map() };
