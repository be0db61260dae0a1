import type {
  GetFederationTokenCommandInput as Input,
  GetFederationTokenCommandOutput as Output,
} from '@aws-sdk/client-sts';
import { readSessionTags } from '../../core/iam/sessions/session-input.ts';
import { getFederationToken } from '../../core/iam/sessions/user-sessions.ts';
import type { Answer, Given, Operation } from '../operation.ts';
import { credentialsOf, policyArnsOf } from './session-answer.ts';

const operation: Operation<Input, Answer<Output>> = {
  handle: async (app, call, input) => {
    const federated = await getFederationToken(app, call, {
      name: (input as Given<Input>).Name,
      seconds: input.DurationSeconds,
      policy: input.Policy,
      policyArns: policyArnsOf(input),
      tags: readSessionTags(input.Tags),
    });
    return {
      Credentials: credentialsOf(federated),
      FederatedUser: { FederatedUserId: federated.userId, Arn: federated.arn },
      PackedPolicySize: federated.packedSize,
    };
  },
};

export default operation;
