import type { BatchGetImageCommandInput as Input, BatchGetImageCommandOutput as Output } from '@aws-sdk/client-ecr';
import { getImages } from '../../../core/images/get-image.ts';
import { onImages } from '../../operation.ts';

/** BatchGetImage: manifests as they were pushed. Reading one counts as a pull. */
export const batchGetImage = onImages<'ecr:BatchGetImage', Input, Output>(
  'ecr:BatchGetImage',
  async (app, call, gate, input) => {
    const { images, failures } = await getImages(app, call, gate, input);
    const { account: registryId, name: repositoryName } = gate.repository;
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
