/** Quotas of IAM, by the names that GetAccountSummary has for them where it has one. Sizes in characters. */
export interface IamLimits {
  /** Users, groups, roles, policies: of one account. */
  readonly users: number;
  readonly groups: number;
  readonly roles: number;
  readonly policies: number;
  readonly accessKeysPerUser: number;
  readonly groupsPerUser: number;
  readonly policiesPerUser: number;
  readonly policiesPerGroup: number;
  readonly policiesPerRole: number;
  readonly versionsPerPolicy: number;
  /** Of a user, a role or a policy. */
  readonly tags: number;
  readonly trustPolicySize: number;
  readonly managedPolicySize: number;
  /** All inline policies of an entity together, white space not counted. */
  readonly userPolicySize: number;
  readonly groupPolicySize: number;
  readonly rolePolicySize: number;
}

/** What an account has at AWS without asking for more (IAM user guide, "IAM and AWS STS quotas"). */
export const defaultIamLimits: IamLimits = {
  users: 5000,
  groups: 300,
  roles: 1000,
  policies: 1500,
  accessKeysPerUser: 2,
  groupsPerUser: 10,
  policiesPerUser: 10,
  policiesPerGroup: 10,
  policiesPerRole: 10,
  versionsPerPolicy: 5,
  tags: 50,
  trustPolicySize: 2048,
  managedPolicySize: 6144,
  userPolicySize: 2048,
  groupPolicySize: 5120,
  rolePolicySize: 10_240,
};
