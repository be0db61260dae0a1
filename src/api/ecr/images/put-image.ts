import type { PutImageCommandInput as Input, PutImageCommandOutput as Output } from '@aws-sdk/client-ecr';
import { putImage as put } from '../../../core/images/put-image.ts';
import { encodeManifest } from '../../../domain/image/manifest.ts';
import { onRepository } from '../../operation.ts';

/** PutImage: unlike a push on the OCI front, the same image under the same tag again is an error. */
export const putImage = onRepository<'ecr:PutImage', Input, Output>(
  'ecr:PutImage',
  async (app, call, allowed, input) => {
    const { imageManifest, imageManifestMediaType: mediaType, imageTag, imageDigest: digest } = input;
    const tags = imageTag === undefined ? [] : [imageTag];
    const image = await put(app, call, allowed, {
      manifest: encodeManifest(imageManifest),
      mediaType,
      tags,
      digest,
      repeated: 'refuse',
    });
    return {
      image: {
        registryId: allowed.repository.account,
        repositoryName: allowed.repository.name,
        imageId: { imageDigest: image.digest, imageTag },
        imageManifest,
        imageManifestMediaType: image.mediaType,
      },
    };
  },
);
