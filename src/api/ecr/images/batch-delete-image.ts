import type {
  BatchDeleteImageCommandInput as Input,
  BatchDeleteImageCommandOutput as Output,
} from '@aws-sdk/client-ecr';
import { deleteImages } from '../../../core/images/delete-images.ts';
import { onImages } from '../../operation.ts';

/** BatchDeleteImage: what cannot be deleted is told in `failures`, never as an error. */
export const batchDeleteImage = onImages<'ecr:BatchDeleteImage', Input, Output>(
  'ecr:BatchDeleteImage',
  async (app, call, gate, input) => {
    const { deleted, failures } = await deleteImages(app, call, gate, input.imageIds);
    return { imageIds: deleted, failures };
  },
);
