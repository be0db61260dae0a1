import type {
  ListImageReferrersCommandInput as Input,
  ListImageReferrersCommandOutput as Output,
} from '@aws-sdk/client-ecr';
import { listReferrers } from '../../../core/images/list-referrers.ts';
import { onImages } from '../../operation.ts';

const defaultPage = 20;

/** ListImageReferrers: checked as BatchGetImage, it has no permission of its own. Every referrer is ACTIVE so far. */
export const listImageReferrers = onImages<'ecr:BatchGetImage', Input, Output>(
  'ecr:BatchGetImage',
  async (app, _call, gate, { subjectId, filter, nextToken, maxResults }) => {
    if (!['ACTIVE', 'ANY'].includes(filter?.artifactStatus ?? 'ACTIVE')) return { referrers: [] };
    const page = { limit: maxResults ?? defaultPage, nextToken, artifactTypes: filter?.artifactTypes };
    const found = await listReferrers(app, gate, subjectId.imageDigest ?? '', page);
    return {
      referrers: found.entries.map((one) => ({
        ...one,
        annotations: { ...one.annotations },
        artifactStatus: 'ACTIVE' as const,
      })),
      nextToken: found.nextToken,
    };
  },
);
