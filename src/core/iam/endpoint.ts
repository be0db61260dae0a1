import type { CompiledPolicy } from '../../domain/iam/policy/compile.ts';

/** A VPC endpoint as the operator declared it: the private way by which a request came (identity: "VPC endpoints"). */
export interface VpcEndpoint {
  /** `vpce-…` */
  readonly id: string;
  /** `vpc-…` */
  readonly vpc: string;
  /** The account that owns it. */
  readonly account: string;
  /** Allows what may pass; it stands in every decision on a request through the endpoint. */
  readonly policy: CompiledPolicy;
}
