import type { AssumeRoleCommandInput as Input, AssumeRoleCommandOutput as Output } from '@aws-sdk/client-sts';
import { assumeRole } from '../../core/iam/sessions/assume-role.ts';
import { readSessionTags, readTransitiveKeys } from '../../core/iam/sessions/session-input.ts';
import { RegistryError } from '../../domain/errors.ts';
import type { Answer, Given, Operation } from '../operation.ts';
import { credentialsOf, policyArnsOf, refuseSecondFactor } from './session-answer.ts';

const operation: Operation<Input, Answer<Output>> = {
  handle: async (app, call, input) => {
    refuseSecondFactor(input);
    if (input.ProvidedContexts !== undefined)
      throw new RegistryError('withoutEffect', { member: 'providedContexts', feature: 'Handing on contexts' });
    const { RoleArn, RoleSessionName } = input as Given<Input>;
    const tags = readSessionTags(input.Tags);
    const assumed = await assumeRole(app, call, {
      roleArn: RoleArn,
      sessionName: RoleSessionName,
      seconds: input.DurationSeconds,
      policy: input.Policy,
      policyArns: policyArnsOf(input),
      tags,
      transitiveTagKeys: readTransitiveKeys(input.TransitiveTagKeys, tags),
      externalId: input.ExternalId,
      sourceIdentity: input.SourceIdentity,
    });
    return {
      Credentials: credentialsOf(assumed),
      AssumedRoleUser: { AssumedRoleId: assumed.userId, Arn: assumed.arn },
      PackedPolicySize: assumed.packedSize,
      SourceIdentity: assumed.session.sourceIdentity,
    };
  },
};

export default operation;
