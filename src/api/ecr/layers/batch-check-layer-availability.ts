import type {
  BatchCheckLayerAvailabilityCommandInput as Input,
  BatchCheckLayerAvailabilityCommandOutput as Output,
} from '@aws-sdk/client-ecr';
import { checkLayers } from '../../../core/layers/check-layers.ts';
import { onRepository } from '../../operation.ts';

/** BatchCheckLayerAvailability: a layer that is not there is UNAVAILABLE and no failure. */
export const batchCheckLayerAvailability = onRepository<'ecr:BatchCheckLayerAvailability', Input, Output>(
  'ecr:BatchCheckLayerAvailability',
  async (app, call, allowed, { layerDigests }) => {
    const { layers, failures } = await checkLayers(app, call, allowed, layerDigests);
    return {
      layers: layers.map(({ digest, available, size, mediaType }) => ({
        layerDigest: digest,
        layerAvailability: available ? ('AVAILABLE' as const) : ('UNAVAILABLE' as const),
        layerSize: size,
        mediaType,
      })),
      failures,
    };
  },
);
