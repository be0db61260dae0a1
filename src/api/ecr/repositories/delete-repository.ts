import type {
  DeleteRepositoryCommandInput as Input,
  DeleteRepositoryCommandOutput as Output,
} from '@aws-sdk/client-ecr';
import { deleteRepository as remove } from '../../../core/repositories/delete-repository.ts';
import { onRepository } from '../../operation.ts';
import { describeRepository } from './describe.ts';

/** DeleteRepository: with `force` its images too. */
export const deleteRepository = onRepository<'ecr:DeleteRepository', Input, Output>(
  'ecr:DeleteRepository',
  async (app, call, allowed, input) => {
    const row = await remove(app, call, allowed, { force: input.force ?? false });
    const {
      imageScanningConfiguration: _scan,
      encryptionConfiguration: _key,
      ...shown
    } = describeRepository(app, call, row);
    return { repository: shown };
  },
);
