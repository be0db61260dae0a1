import type {
  BatchDeleteImageCommandInput as Input,
  BatchDeleteImageCommandOutput as Output,
} from '@aws-sdk/client-ecr';
import { deleteImages } from '../../../core/images/delete-images.ts';
import { onRepository } from '../../operation.ts';

/** BatchDeleteImage: what cannot be deleted is told in `failures`, never as an error. */
export const batchDeleteImage = onRepository<'ecr:BatchDeleteImage', Input, Output>(
  'ecr:BatchDeleteImage',
  async (app, call, allowed, input) => {
    const { deleted, failures } = await deleteImages(app, call, allowed, input.imageIds);
    return { imageIds: deleted, failures };
  },
);
