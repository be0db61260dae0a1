import type {
  InitiateLayerUploadCommandInput as Input,
  InitiateLayerUploadCommandOutput as Output,
} from '@aws-sdk/client-ecr';
import { announcedPartSize } from '../../../core/layers/layer-parts.ts';
import { startUpload } from '../../../core/layers/uploads.ts';
import { onRepository } from '../../operation.ts';

export const initiateLayerUpload = onRepository<'ecr:InitiateLayerUpload', Input, Output>(
  'ecr:InitiateLayerUpload',
  async (app, call, allowed) => {
    const { uploadId } = startUpload(app, call, allowed);
    return { uploadId, partSize: announcedPartSize };
  },
);
