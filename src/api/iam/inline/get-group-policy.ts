import type { GetGroupPolicyCommandInput as Input, GetGroupPolicyCommandOutput as Output } from '@aws-sdk/client-iam';
import { allowEntity } from '../../../core/iam/entities.ts';
import { readInline } from '../../../core/iam/inline/inline-policies.ts';
import type { Answer, Operation } from '../../operation.ts';
import { encodeDocument } from '../documents.ts';

/** GetGroupPolicy. A policy inside a group, as it was sent. */
const getGroupPolicy: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { GroupName: name = '', PolicyName: policy = '' }) => {
    const on = await allowEntity(app, call, 'iam:GetGroupPolicy', { kind: 'group', name });
    const found = await readInline(app, on, policy);
    const PolicyDocument = encodeDocument(found.document);
    return { GroupName: on.entity.name, PolicyName: found.name, PolicyDocument };
  },
};

export default getGroupPolicy;
