import { type Model, readModel } from './model.ts';
import type { Service } from './service.ts';

/**
 * A service with the handlers of its operations. Its model is read when it is first asked for, so that no start waits for
 * it; that throws where there is a handler for an operation that the model does not know, or that has no caller.
 */
export function withLazyModel<Call>(name: string, operations: Service<Call>['operations']): Service<Call> {
  let model: Model | undefined;
  return {
    name,
    operations,
    get model() {
      model ??= checked(name, readModel(name), operations.keys());
      return model;
    },
  };
}

function checked(service: string, model: Model, actions: Iterable<string>): Model {
  for (const action of actions) {
    const operation = model.operations.get(action);
    if (operation === undefined) throw new Error(`the model of ${service} has no operation ${action}`);
    // openCall needs to know who calls.
    if (operation.unsigned)
      throw new Error(`${service} ${action} takes requests without a signature, for which there is no caller`);
  }
  return model;
}
