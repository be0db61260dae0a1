/** What a temporary credential says of itself: sealed in its session token, kept with a login token made from it. */
export interface Session {
  /** AssumeRole, GetSessionToken, GetFederationToken. */
  readonly kind: 'role' | 'user' | 'federated';
  readonly account: string;
  /** Unique id of the role (`AROA…`), or of the user (`AIDA…`) behind it. */
  readonly entity: string;
  /** Name of the role session or of the federated user; '' for GetSessionToken. */
  readonly name: string;
  /** Milliseconds since 1970: `aws:TokenIssueTime`. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** The inline session policy, as it was sent. */
  readonly policy?: string | undefined;
  /** ARNs of managed session policies. */
  readonly policyArns?: readonly string[] | undefined;
  /** Session tags, by their keys as they were sent. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly transitiveTagKeys?: readonly string[] | undefined;
  readonly sourceIdentity?: string | undefined;
  /** True where a role session was made by a role session: it lasts an hour at most. */
  readonly chained?: boolean | undefined;
}
