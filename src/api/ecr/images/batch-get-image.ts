import type { BatchGetImageCommandInput as Input, BatchGetImageCommandOutput as Output } from '@aws-sdk/client-ecr';
import { getImages } from '../../../core/images/get-image.ts';
import { onRepository } from '../../operation.ts';

/** BatchGetImage: manifests as they were pushed. Reading one counts as a pull. */
export const batchGetImage = onRepository<'ecr:BatchGetImage', Input, Output>(
  'ecr:BatchGetImage',
  async (app, call, allowed, input) => {
    const { images, failures } = await getImages(app, call, allowed, input);
    const { account: registryId, name: repositoryName } = allowed.repository;
    return {
      images: images.map(({ imageId, mediaType, manifest }) => ({
        registryId,
        repositoryName,
        imageId,
        imageManifest: manifest.toString(),
        imageManifestMediaType: mediaType,
      })),
      failures,
    };
  },
);
