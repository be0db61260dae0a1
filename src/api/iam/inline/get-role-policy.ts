import type { GetRolePolicyCommandInput as Input, GetRolePolicyCommandOutput as Output } from '@aws-sdk/client-iam';
import { allowEntity } from '../../../core/iam/entities.ts';
import { readInline } from '../../../core/iam/inline/inline-policies.ts';
import type { Answer, Operation } from '../../operation.ts';
import { encodeDocument } from '../documents.ts';

/** GetRolePolicy. A policy inside a role, as it was sent. */
const getRolePolicy: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { RoleName: name = '', PolicyName: policy = '' }) => {
    const on = await allowEntity(app, call, 'iam:GetRolePolicy', { kind: 'role', name });
    const found = await readInline(app, on, policy);
    const PolicyDocument = encodeDocument(found.document);
    return { RoleName: on.entity.name, PolicyName: found.name, PolicyDocument };
  },
};

export default getRolePolicy;
