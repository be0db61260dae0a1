import type { Blobs } from '../blobs/port.ts';
import type { Principal } from '../domain/iam/principal.ts';
import type { PageTokens } from '../domain/page-token.ts';
import type { Store } from '../store/db.ts';
import type { Log } from '../telemetry/log.ts';
import type { CredentialCache } from './iam/credential-cache.ts';
import type { Endpoints, VpcEndpoint } from './iam/endpoints.ts';
import { defaultIamLimits, type IamLimits } from './iam/summary/limits.ts';
import type { ResourcePolicies } from './iam/resource-policies.ts';
import type { LastUses } from './iam/last-use.ts';
import type { Installation } from './installation/installation.ts';
import type { PullTimes } from './images/pull-times.ts';
import type { KeyRing } from './keys/key-ring.ts';
import type { Naming } from './registry-names.ts';
import type { UploadIds } from './layers/upload-ids.ts';
import type { UploadLocks } from './layers/upload-locks.ts';

/** The parts of the running registry that core's actions lean on. Each action names those it uses. */
export interface App {
  readonly store: Store;
  readonly blobs: Blobs;
  readonly keyRing: KeyRing;
  readonly installation: Installation;
  readonly credentials: CredentialCache;
  readonly resourcePolicies: ResourcePolicies;
  readonly endpoints: Endpoints;
  readonly lastUses: LastUses;
  readonly pullTimes: PullTimes;
  readonly uploadIds: UploadIds;
  readonly uploadLocks: UploadLocks;
  readonly pageTokens: PageTokens;
  readonly naming: Naming;
  readonly limits: Limits;
  /** Milliseconds since 1970; a request takes its `call.time` instead. */
  readonly clock: () => number;
  readonly log: Log;
}

export type Uses<Part extends keyof App> = Pick<App, Part>;

/** Numbers that an operator or a test may set. Durations in milliseconds. */
export interface Limits {
  /** How long a layer that no image refers to is kept. */
  readonly lease: number;
  /** How long an upload may rest before it is given up. */
  readonly uploadLife: number;
  /** How long bytes stay after the last row that named them is gone. */
  readonly deletionGrace: number;
  /** Bytes of the largest layer (ECR: 52,000 MiB). */
  readonly layerSize: number;
  /** Layers of up to so many bytes lie in their row: a file of its own costs more than such a layer holds. */
  readonly layerInRow: number;
  readonly layerParts: number;
  readonly tagsPerImage: number;
  readonly repositories: number;
  readonly iam: IamLimits;
}

export const defaultLimits: Limits = {
  lease: 24 * 60 * 60 * 1000,
  uploadLife: 24 * 60 * 60 * 1000,
  deletionGrace: 60 * 60 * 1000,
  layerSize: 52_000 * 1024 * 1024,
  layerInRow: 16 * 1024,
  layerParts: 4200,
  tagsPerImage: 1000,
  repositories: 100_000,
  iam: defaultIamLimits,
};

/** An account's registry in one region. Everything that is stored is keyed by it. */
export interface Registry {
  readonly account: string;
  readonly region: string;
}

/** The immutable context of one request or one run of a job. */
export interface Call {
  readonly id: string;
  /** Milliseconds since 1970 at which the request came in: the "now" of every rule that depends on time. */
  readonly time: number;
  readonly principal: Principal;
  /** The registry that the request speaks to by default. */
  readonly registry: Registry;
  readonly source: {
    readonly address: string;
    readonly userAgent: string;
    readonly secure: boolean;
    /** The Host header that the client used, port included: answers name the registry in the same family. */
    readonly host: string;
    readonly referer?: string | undefined;
    /** The VPC endpoint that the request came through. */
    readonly endpoint?: VpcEndpoint | undefined;
  };
  /** Aborts when the caller has gone away. */
  readonly signal: AbortSignal;
  readonly log: Log;
}
