import type { GetUserPolicyCommandInput as Input, GetUserPolicyCommandOutput as Output } from '@aws-sdk/client-iam';
import { allowEntity } from '../../../core/iam/entities.ts';
import { readInline } from '../../../core/iam/inline/inline-policies.ts';
import type { Answer, Operation } from '../../operation.ts';
import { encodeDocument } from '../documents.ts';

/** GetUserPolicy. A policy inside a user, as it was sent. */
const getUserPolicy: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { UserName: name = '', PolicyName: policy = '' }) => {
    const on = await allowEntity(app, call, 'iam:GetUserPolicy', { kind: 'user', name });
    const found = await readInline(app, on, policy);
    const PolicyDocument = encodeDocument(found.document);
    return { UserName: on.entity.name, PolicyName: found.name, PolicyDocument };
  },
};

export default getUserPolicy;
