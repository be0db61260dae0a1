import type { PutImageCommandInput as Input, PutImageCommandOutput as Output } from '@aws-sdk/client-ecr';
import { putImage as put } from '../../../core/images/put-image.ts';
import { encodeManifest } from '../../../domain/image/manifest.ts';
import { onImages } from '../../operation.ts';

/** PutImage: unlike a push on the OCI front, the same image under the same tag again is an error. */
export const putImage = onImages<'ecr:PutImage', Input, Output>('ecr:PutImage', async (app, call, gate, input) => {
  const { imageManifest, imageManifestMediaType: mediaType, imageTag, imageDigest: digest } = input;
  const tags = imageTag === undefined ? [] : [imageTag];
  const image = await put(app, call, gate, {
    manifest: encodeManifest(imageManifest),
    mediaType,
    tags,
    digest,
    repeated: 'refuse',
  });
  return {
    image: {
      registryId: gate.repository.account,
      repositoryName: gate.repository.name,
      imageId: { imageDigest: image.digest, imageTag },
      imageManifest,
      imageManifestMediaType: image.mediaType,
    },
  };
});
