/** Who makes a request: always an ARN in an account (IAM user guide, "Principal"). */
export interface Principal {
  readonly arn: string;
  readonly account: string;
  /** Unique id (`AIDA…`), which a user that is deleted and made again does not inherit. */
  readonly id: string;
  readonly type: 'User';
  readonly name: string;
  /** True for a user that holds the managed policy AdministratorAccess. */
  readonly administrator: boolean;
  /** The credential that the principal used: an access key, or the one that a login token came from. */
  readonly accessKeyId: string;
}
