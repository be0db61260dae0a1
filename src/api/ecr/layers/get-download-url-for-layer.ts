import type {
  GetDownloadUrlForLayerCommandInput as Input,
  GetDownloadUrlForLayerCommandOutput as Output,
} from '@aws-sdk/client-ecr';
import { presignLayer } from '../../../core/layers/layer-url.ts';
import { nameRegistry } from '../../../core/registry-names.ts';
import { onRepository } from '../../operation.ts';

/** GetDownloadUrlForLayer: a URL of the registry itself, good for an hour. */
export const getDownloadUrlForLayer = onRepository<'ecr:GetDownloadUrlForLayer', Input, Output>(
  'ecr:GetDownloadUrlForLayer',
  async (app, call, allowed, { layerDigest }) => {
    const path = await presignLayer(app, call, allowed, layerDigest);
    return { layerDigest, downloadUrl: `${nameRegistry(app, call, allowed.registry).proxy}${path}` };
  },
);
