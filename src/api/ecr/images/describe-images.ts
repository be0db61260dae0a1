import type {
  DescribeImagesCommandInput as Input,
  DescribeImagesCommandOutput as Output,
  ImageDetail,
} from '@aws-sdk/client-ecr';
import {
  describeImages as describe,
  describeNamedImages,
  type ImageDescription,
} from '../../../core/images/list-images.ts';
import { onRepository } from '../../operation.ts';
import { pageOf, refusePaging } from '../../paging.ts';

/** DescribeImages: one entry a digest, by ids or page by page. */
export const describeImages = onRepository<'ecr:DescribeImages', Input, Output>(
  'ecr:DescribeImages',
  async (app, _call, allowed, input) => {
    const filter = input.filter ?? {};
    const show = (one: ImageDescription): ImageDetail => detailOf(allowed.repository, one);
    if (input.imageIds) {
      refusePaging(input, 'imageIds');
      return { imageDetails: (await describeNamedImages(app, allowed, input.imageIds, filter)).map(show) };
    }
    const { entries, nextToken } = await describe(app, allowed, pageOf(input), filter);
    return { imageDetails: entries.map(show), nextToken };
  },
);

function detailOf(
  repository: { account: string; name: string },
  { image, tags, pulledAt }: ImageDescription,
): ImageDetail {
  return {
    registryId: repository.account,
    repositoryName: repository.name,
    imageDigest: image.digest,
    imageTags: tags.length > 0 ? [...tags] : undefined,
    imageSizeInBytes: image.size,
    // ECR tells pushes by the second, pulls by the millisecond.
    imagePushedAt: new Date(Math.floor(image.pushed_at / 1000) * 1000),
    imageManifestMediaType: image.media_type,
    artifactMediaType: image.artifact_type ?? undefined,
    lastRecordedPullTime: pulledAt === undefined ? undefined : new Date(pulledAt),
    subjectManifestDigest: image.subject ?? undefined,
    imageStatus: 'ACTIVE',
  };
}
