import type { App, Call } from '../../../core/app.ts';
import { allowEntity, type OnEntity } from '../../../core/iam/entities.ts';
import { userNameOr } from '../../../core/iam/users/caller-name.ts';
import type { Answer, Given, Operation } from '../../operation.ts';

/** An operation on a user that must exist, the caller's where none is named: looked for, decided on its ARN, then run. */
export function onUser<A extends `iam:${string}`, Input extends { UserName?: string | undefined }, Output>(
  action: A,
  run: (app: App, on: OnEntity<A>, input: Given<Input>, call: Call) => Promise<Answer<Output>>,
): Operation<Input, Answer<Output>> {
  return {
    handle: async (app, call, input) => {
      const name = userNameOr(call, input.UserName);
      return run(app, await allowEntity(app, call, action, { kind: 'user', name }), input as Given<Input>, call);
    },
  };
}
