import type { GetSessionTokenCommandInput as Input, GetSessionTokenCommandOutput as Output } from '@aws-sdk/client-sts';
import { getSessionToken } from '../../core/iam/sessions/user-sessions.ts';
import type { Answer, Operation } from '../operation.ts';
import { credentialsOf, refuseSecondFactor } from './session-answer.ts';

const operation: Operation<Input, Answer<Output>> = {
  handle: async (app, call, input) => {
    refuseSecondFactor(input);
    return { Credentials: credentialsOf(getSessionToken(app, call, input.DurationSeconds)) };
  },
};

export default operation;
