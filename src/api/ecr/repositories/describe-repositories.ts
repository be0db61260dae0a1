import type {
  DescribeRepositoriesCommandInput as Input,
  DescribeRepositoriesCommandOutput as Output,
} from '@aws-sdk/client-ecr';
import { allowName, allowRegistry } from '../../../core/authorize.ts';
import { findRepositories, listRepositories } from '../../../core/repositories/list-repositories.ts';
import { registryOf, type Answer, type Operation } from '../../operation.ts';
import { pageOf, refusePaging } from '../../paging.ts';
import { describeRepository } from './describe.ts';

/** DescribeRepositories: by names, or page by page. */
export const describeRepositories: Operation<Input, Answer<Output>> = {
  handle: async (app, call, input) => {
    const registry = registryOf(call, input.registryId);
    if (input.repositoryNames) {
      const allowed = input.repositoryNames.map((name) => allowName(call, 'ecr:DescribeRepositories', registry, name));
      refusePaging(input, 'repositoryNames');
      const rows = await findRepositories(app, allowed);
      return { repositories: rows.map((row) => describeRepository(app, call, row)) };
    }
    const page = await listRepositories(app, allowRegistry(call, 'ecr:DescribeRepositories', registry), pageOf(input));
    return {
      repositories: page.entries.map((row) => describeRepository(app, call, row)),
      nextToken: page.nextToken,
    };
  },
};
