import type { ECR, ECRClient } from '@aws-sdk/client-ecr';
import type { Operation } from '../operation.ts';
import { batchDeleteImage } from './images/batch-delete-image.ts';
import { batchGetImage } from './images/batch-get-image.ts';
import { describeImages } from './images/describe-images.ts';
import { listImages } from './images/list-images.ts';
import { getAccountSetting } from './registry/get-account-setting.ts';
import { getAuthorizationToken } from './registry/get-authorization-token.ts';
import { putAccountSetting } from './registry/put-account-setting.ts';
import { createRepository } from './repositories/create-repository.ts';
import { deleteRepository } from './repositories/delete-repository.ts';
import { describeRepositories } from './repositories/describe-repositories.ts';

/** Every operation of the service as the SDK knows it, so that the compiler names what this table lacks. */
type Method = Exclude<keyof ECR, keyof ECRClient | `paginate${string}` | `waitUntil${string}`>;
export type EcrOperation = Capitalize<Method>;

/** Answers 501 UnsupportedOperationException. */
const notBuilt = undefined;

export const ecrOperations = {
  BatchCheckLayerAvailability: notBuilt,
  BatchDeleteImage: batchDeleteImage,
  BatchGetImage: batchGetImage,
  BatchGetRepositoryScanningConfiguration: notBuilt,
  CompleteLayerUpload: notBuilt,
  CreatePullThroughCacheRule: notBuilt,
  CreateRepository: createRepository,
  CreateRepositoryCreationTemplate: notBuilt,
  DeleteLifecyclePolicy: notBuilt,
  DeletePullThroughCacheRule: notBuilt,
  DeleteRegistryPolicy: notBuilt,
  DeleteRepository: deleteRepository,
  DeleteRepositoryCreationTemplate: notBuilt,
  DeleteRepositoryPolicy: notBuilt,
  DeleteSigningConfiguration: notBuilt,
  DeregisterPullTimeUpdateExclusion: notBuilt,
  DescribeImageReplicationStatus: notBuilt,
  DescribeImageScanFindings: notBuilt,
  DescribeImageSigningStatus: notBuilt,
  DescribeImages: describeImages,
  DescribePullThroughCacheRules: notBuilt,
  DescribeRegistry: notBuilt,
  DescribeReplicationBackfillResults: notBuilt,
  DescribeRepositories: describeRepositories,
  DescribeRepositoryCreationTemplates: notBuilt,
  GetAccountSetting: getAccountSetting,
  GetAuthorizationToken: getAuthorizationToken,
  GetDownloadUrlForLayer: notBuilt,
  GetLifecyclePolicy: notBuilt,
  GetLifecyclePolicyPreview: notBuilt,
  GetRegistryPolicy: notBuilt,
  GetRegistryScanningConfiguration: notBuilt,
  GetRepositoryPolicy: notBuilt,
  GetSigningConfiguration: notBuilt,
  InitiateLayerUpload: notBuilt,
  ListImageReferrers: notBuilt,
  ListImages: listImages,
  ListPullTimeUpdateExclusions: notBuilt,
  ListReplicationBackfills: notBuilt,
  ListTagsForResource: notBuilt,
  PutAccountSetting: putAccountSetting,
  PutImage: notBuilt,
  PutImageScanningConfiguration: notBuilt,
  PutImageTagMutability: notBuilt,
  PutLifecyclePolicy: notBuilt,
  PutRegistryPolicy: notBuilt,
  PutRegistryScanningConfiguration: notBuilt,
  PutReplicationConfiguration: notBuilt,
  PutSigningConfiguration: notBuilt,
  RegisterPullTimeUpdateExclusion: notBuilt,
  SetRepositoryPolicy: notBuilt,
  StartImageScan: notBuilt,
  StartLifecyclePolicyPreview: notBuilt,
  StartReplicationBackfill: notBuilt,
  StopReplicationBackfill: notBuilt,
  TagResource: notBuilt,
  UntagResource: notBuilt,
  UpdateImageStorageClass: notBuilt,
  UpdatePullThroughCacheRule: notBuilt,
  UpdateRepositoryCreationTemplate: notBuilt,
  UploadLayerPart: notBuilt,
  ValidatePullThroughCacheRule: notBuilt,
} satisfies Record<EcrOperation, Operation<never, unknown> | undefined>;
