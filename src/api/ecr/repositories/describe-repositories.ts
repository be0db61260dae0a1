import type {
  DescribeRepositoriesCommandInput as Input,
  DescribeRepositoriesCommandOutput as Output,
} from '@aws-sdk/client-ecr';
import { allowEveryName, allowName } from '../../../core/authorize.ts';
import { findRepositories, listRepositories } from '../../../core/repositories/list-repositories.ts';
import { registryOf, type Answer, type Operation } from '../../operation.ts';
import { pageOf, refusePaging } from '../../paging.ts';
import { describeRepository } from './describe.ts';

/** DescribeRepositories: by names, or page by page. */
export const describeRepositories: Operation<Input, Answer<Output>> = {
  handle: async (app, call, input) => {
    const registry = registryOf(call, input.registryId);
    if (input.repositoryNames) {
      const allowed = await Promise.all(
        input.repositoryNames.map((name) => allowName(app, call, 'ecr:DescribeRepositories', registry, name)),
      );
      refusePaging(input, 'repositoryNames');
      const rows = await findRepositories(app, allowed);
      return { repositories: rows.map((row) => describeRepository(app, call, row)) };
    }
    const allowed = await allowEveryName(app, call, 'ecr:DescribeRepositories', registry);
    const page = await listRepositories(app, allowed, pageOf(input));
    return {
      repositories: page.entries.map((row) => describeRepository(app, call, row)),
      nextToken: page.nextToken,
    };
  },
};
