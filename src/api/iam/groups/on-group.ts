import type { App } from '../../../core/app.ts';
import { allowEntity, type OnEntity } from '../../../core/iam/entities.ts';
import type { Answer, Given, Operation } from '../../operation.ts';

/** An operation on a group that must exist: looked for, decided on its ARN, then run. */
export function onGroup<A extends `iam:${string}`, Input extends { GroupName: string | undefined }, Output>(
  action: A,
  run: (app: App, on: OnEntity<A>, input: Given<Input>) => Promise<Answer<Output>>,
): Operation<Input, Answer<Output>> {
  return {
    handle: async (app, call, input) => {
      const name = input.GroupName ?? '';
      return run(app, await allowEntity(app, call, action, { kind: 'group', name }), input as Given<Input>);
    },
  };
}
