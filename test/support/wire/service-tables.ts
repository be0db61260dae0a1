/** What the server itself goes by: its service models, and which of their operations are built. */
import { createServices } from '../../../src/api/services.ts';
import type { Model, Shape } from '../../../src/aws/model.ts';
import type { App } from '../../../src/core/app.ts';

export interface ServiceTable {
  /** Name in the credential scope of a signature. */
  readonly name: string;
  readonly model: Model;
  readonly built: readonly string[];
  readonly notBuilt: readonly string[];
}

// Only the tables are looked at; no operation is run.
export const services: readonly ServiceTable[] = createServices({} as App).map(({ name, model, operations }) => {
  const names = [...model.operations.keys()];
  return {
    name,
    model,
    built: names.filter((each) => operations.has(each)),
    notBuilt: names.filter((each) => !operations.has(each)),
  };
});

export function serviceOf(name: string): ServiceTable {
  const found = services.find((each) => each.name === name);
  if (!found) throw new Error(`there is no service ${name}`);
  return found;
}

export function operationOf(service: ServiceTable, name: string) {
  const found = service.model.operations.get(name);
  if (!found) throw new Error(`${service.name} has no operation ${name}`);
  return found;
}

export function shapeOf(service: ServiceTable, name: string): Shape {
  const found = service.model.shapes.get(name);
  if (!found) throw new Error(`the model of ${service.name} has no shape ${name}`);
  return found;
}
