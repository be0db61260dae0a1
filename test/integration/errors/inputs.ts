import { digestOf } from '../../support/images.ts';
import { arnOf, stranger } from './world.ts';

const openPolicy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: 'ecr:ListImages', Resource: '*' }],
});

const uploadId = '00000000-0000-4000-8000-000000000000';

/**
 * An input of every operation that is built, on the repository of this name; a model has nothing against any. Errors
 * that all operations share are provoked with it.
 */
export const inputs: Readonly<Record<string, (name: string) => Readonly<Record<string, unknown>>>> = {
  BatchCheckLayerAvailability: (repositoryName) => ({ repositoryName, layerDigests: [digestOf('')] }),
  BatchDeleteImage: (repositoryName) => ({ repositoryName, imageIds: [{ imageTag: 'absent' }] }),
  BatchGetImage: (repositoryName) => ({ repositoryName, imageIds: [{ imageTag: 'absent' }] }),
  CompleteLayerUpload: (repositoryName) => ({ repositoryName, uploadId, layerDigests: [digestOf('')] }),
  CreateRepository: (repositoryName) => ({ repositoryName }),
  DeleteRepository: (repositoryName) => ({ repositoryName }),
  DeleteRegistryPolicy: () => ({}),
  DeleteRepositoryPolicy: (repositoryName) => ({ repositoryName }),
  DescribeImages: (repositoryName) => ({ repositoryName }),
  DescribeRegistry: () => ({}),
  DescribeRepositories: (repositoryName) => ({ repositoryNames: [repositoryName] }),
  GetAccountSetting: () => ({ name: 'BLOB_MOUNTING' }),
  GetAuthorizationToken: () => ({}),
  GetDownloadUrlForLayer: (repositoryName) => ({ repositoryName, layerDigest: digestOf('') }),
  GetRegistryPolicy: () => ({}),
  GetRepositoryPolicy: (repositoryName) => ({ repositoryName }),
  InitiateLayerUpload: (repositoryName) => ({ repositoryName }),
  ListImageReferrers: (repositoryName) => ({ repositoryName, subjectId: { imageDigest: digestOf('') } }),
  ListImages: (repositoryName) => ({ repositoryName }),
  ListTagsForResource: (name) => ({ resourceArn: arnOf(name) }),
  PutAccountSetting: () => ({ name: 'BLOB_MOUNTING', value: 'DISABLED' }),
  PutImage: (repositoryName) => ({ repositoryName, imageManifest: stranger.manifest.toString() }),
  PutImageTagMutability: (repositoryName) => ({ repositoryName, imageTagMutability: 'MUTABLE' }),
  PutRegistryPolicy: () => ({ policyText: openPolicy }),
  SetRepositoryPolicy: (repositoryName) => ({ repositoryName, policyText: openPolicy }),
  TagResource: (name) => ({ resourceArn: arnOf(name), tags: [{ Key: 'team', Value: 'blue' }] }),
  UntagResource: (name) => ({ resourceArn: arnOf(name), tagKeys: ['team'] }),
  UploadLayerPart: (repositoryName) => {
    const layerPartBlob = Buffer.from('part');
    return { repositoryName, uploadId, partFirstByte: 0, partLastByte: 3, layerPartBlob };
  },
};
