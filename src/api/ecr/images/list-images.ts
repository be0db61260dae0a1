import type { ListImagesCommandInput as Input, ListImagesCommandOutput as Output } from '@aws-sdk/client-ecr';
import { listImages as list } from '../../../core/images/list-images.ts';
import { onRepository } from '../../operation.ts';
import { pageOf } from '../../paging.ts';

/** ListImages: one entry for each (digest, tag). */
export const listImages = onRepository<'ecr:ListImages', Input, Output>(
  'ecr:ListImages',
  async (app, _call, allowed, input) => {
    const { entries, nextToken } = await list(app, allowed, pageOf(input), input.filter ?? {});
    return { imageIds: [...entries], nextToken };
  },
);
