import type { ECR, ECRClient } from '@aws-sdk/client-ecr';
import { later, type Operation } from '../operation.ts';
import { putImage } from './images/put-image.ts';
import { listImageReferrers } from './images/list-image-referrers.ts';
import { putImageTagMutability } from './repositories/put-image-tag-mutability.ts';
import { describeRegistry } from './registry/describe-registry.ts';
import { tagResource } from './repositories/tag-resource.ts';
import { untagResource } from './repositories/untag-resource.ts';
import { listTagsForResource } from './repositories/list-tags-for-resource.ts';
import { batchCheckLayerAvailability } from './layers/batch-check-layer-availability.ts';
import { completeLayerUpload } from './layers/complete-layer-upload.ts';
import { getDownloadUrlForLayer } from './layers/get-download-url-for-layer.ts';
import { initiateLayerUpload } from './layers/initiate-layer-upload.ts';
import { uploadLayerPart } from './layers/upload-layer-part.ts';
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
  BatchCheckLayerAvailability: batchCheckLayerAvailability,
  BatchDeleteImage: batchDeleteImage,
  BatchGetImage: batchGetImage,
  BatchGetRepositoryScanningConfiguration: notBuilt,
  CompleteLayerUpload: completeLayerUpload,
  CreatePullThroughCacheRule: notBuilt,
  CreateRepository: createRepository,
  CreateRepositoryCreationTemplate: notBuilt,
  DeleteLifecyclePolicy: notBuilt,
  DeletePullThroughCacheRule: notBuilt,
  DeleteRegistryPolicy: later(() => import('./registry/delete-registry-policy.ts')),
  DeleteRepository: deleteRepository,
  DeleteRepositoryCreationTemplate: notBuilt,
  DeleteRepositoryPolicy: later(() => import('./repositories/delete-repository-policy.ts')),
  DeleteSigningConfiguration: notBuilt,
  DeregisterPullTimeUpdateExclusion: notBuilt,
  DescribeImageReplicationStatus: notBuilt,
  DescribeImageScanFindings: notBuilt,
  DescribeImageSigningStatus: notBuilt,
  DescribeImages: describeImages,
  DescribePullThroughCacheRules: notBuilt,
  DescribeRegistry: describeRegistry,
  DescribeReplicationBackfillResults: notBuilt,
  DescribeRepositories: describeRepositories,
  DescribeRepositoryCreationTemplates: notBuilt,
  GetAccountSetting: getAccountSetting,
  GetAuthorizationToken: getAuthorizationToken,
  GetDownloadUrlForLayer: getDownloadUrlForLayer,
  GetLifecyclePolicy: notBuilt,
  GetLifecyclePolicyPreview: notBuilt,
  GetRegistryPolicy: later(() => import('./registry/get-registry-policy.ts')),
  GetRegistryScanningConfiguration: notBuilt,
  GetRepositoryPolicy: later(() => import('./repositories/get-repository-policy.ts')),
  GetSigningConfiguration: notBuilt,
  InitiateLayerUpload: initiateLayerUpload,
  ListImageReferrers: listImageReferrers,
  ListImages: listImages,
  ListPullTimeUpdateExclusions: notBuilt,
  ListReplicationBackfills: notBuilt,
  ListTagsForResource: listTagsForResource,
  PutAccountSetting: putAccountSetting,
  PutImage: putImage,
  PutImageScanningConfiguration: notBuilt,
  PutImageTagMutability: putImageTagMutability,
  PutLifecyclePolicy: notBuilt,
  PutRegistryPolicy: later(() => import('./registry/put-registry-policy.ts')),
  PutRegistryScanningConfiguration: notBuilt,
  PutReplicationConfiguration: notBuilt,
  PutSigningConfiguration: notBuilt,
  RegisterPullTimeUpdateExclusion: notBuilt,
  SetRepositoryPolicy: later(() => import('./repositories/set-repository-policy.ts')),
  StartImageScan: notBuilt,
  StartLifecyclePolicyPreview: notBuilt,
  StartReplicationBackfill: notBuilt,
  StopReplicationBackfill: notBuilt,
  TagResource: tagResource,
  UntagResource: untagResource,
  UpdateImageStorageClass: notBuilt,
  UpdatePullThroughCacheRule: notBuilt,
  UpdateRepositoryCreationTemplate: notBuilt,
  UploadLayerPart: uploadLayerPart,
  ValidatePullThroughCacheRule: notBuilt,
} satisfies Record<EcrOperation, Operation<never, unknown> | undefined>;
