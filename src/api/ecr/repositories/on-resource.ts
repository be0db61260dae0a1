import type { App, Call } from '../../../core/app.ts';
import { allowRepository, type AllowedOn, type ContextKeys } from '../../../core/authorize.ts';
import { parseRepositoryArn } from '../../../domain/arn.ts';
import { RegistryError } from '../../../domain/errors.ts';
import type { Answer, Given, Operation } from '../../operation.ts';

/** An operation on the repository that an ARN names; `keysOf` tells what its input says to conditions. @throws RegistryError invalidParameter for an ARN that names none here. */
export function onResource<A extends string, Input extends { readonly resourceArn: string | undefined }, Output>(
  action: A,
  run: (app: App, call: Call, allowed: AllowedOn<A>, input: Given<Input>) => Promise<Answer<Output>>,
  keysOf?: (input: Given<Input>) => ContextKeys,
): Operation<Input, Answer<Output>> {
  return {
    handle: async (app, call, input) => {
      const named = parseRepositoryArn(input.resourceArn ?? '');
      if (!named || named.region !== call.registry.region) {
        throw new RegistryError('invalidParameter', { field: 'resourceArn', constraint: 'Invalid ARN' });
      }
      const given = input as Given<Input>;
      return run(app, call, await allowRepository(app, call, action, named, named.name, keysOf?.(given)), given);
    },
  };
}
