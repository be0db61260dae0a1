import type { App, Call, Registry } from '../core/app.ts';
import { allowImages, allowRepository, type AllowedOn, type ImageGate } from '../core/authorize.ts';

/**
 * One operation of an AWS service: how it is decided, and what it does. An operation's file never sees JSON, XML, headers
 * or status codes: the generic layer in aws/ has parsed and validated the input, and writes the output by the model.
 */
export interface Operation<Input, Output> {
  readonly handle: (app: App, call: Call, input: Input) => Promise<Output>;
}

/**
 * An operation whose file is loaded when it is first called: a service of many operations would make each start wait for
 * them. Its file exports it by default.
 */
export function later<Input, Output>(
  load: () => Promise<{ readonly default: Operation<Input, Output> }>,
): Operation<Input, Output> {
  let loaded: Operation<Input, Output> | undefined;
  return {
    handle: async (app, call, input) => {
      loaded ??= (await load()).default;
      return await loaded.handle(app, call, input);
    },
  };
}

/** An SDK's input type as it is after validation: a required member is there. */
export type Given<T> = { [K in keyof T]: Record<never, never> extends Pick<T, K> ? T[K] : Exclude<T[K], undefined> };

/** An SDK's output type without what the SDK adds to it. */
export type Answer<T> = Omit<T, '$metadata'>;

/** The registry that an input names by its id, or the caller's own. */
export function registryOf(call: Call, registryId: string | undefined): Registry {
  return { account: registryId ?? call.registry.account, region: call.registry.region };
}

interface OnRepository {
  readonly registryId?: string | undefined;
  readonly repositoryName: string | undefined;
}

/** An operation on a repository that must exist: decided on its name, then looked for, then run. */
export function onRepository<A extends string, Input extends OnRepository, Output>(
  action: A,
  run: (app: App, call: Call, allowed: AllowedOn<A>, input: Given<Input>) => Promise<Answer<Output>>,
): Operation<Input, Answer<Output>> {
  return {
    handle: async (app, call, input) => {
      const given = input as Given<Input>;
      const registry = registryOf(call, input.registryId);
      const allowed = await allowRepository(app, call, action, registry, input.repositoryName ?? '');
      return run(app, call, allowed, given);
    },
  };
}

/** As {@link onRepository}, where being allowed may depend on the images: core asks for each as it comes to know it. */
export function onImages<A extends string, Input extends OnRepository, Output>(
  action: A,
  run: (app: App, call: Call, gate: ImageGate<A>, input: Given<Input>) => Promise<Answer<Output>>,
): Operation<Input, Answer<Output>> {
  return {
    handle: async (app, call, input) => {
      const given = input as Given<Input>;
      const registry = registryOf(call, input.registryId);
      return run(app, call, await allowImages(app, call, action, registry, input.repositoryName ?? ''), given);
    },
  };
}
