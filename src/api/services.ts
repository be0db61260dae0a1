import { readModel } from '../aws/model.ts';
import type { Service, ServiceOperation } from '../aws/service.ts';
import type { App, Call } from '../core/app.ts';
import { ecrOperations } from './ecr/index.ts';
import type { Operation } from './operation.ts';
import { stsOperations } from './sts/index.ts';

type Table = Readonly<Record<string, Operation<never, unknown> | undefined>>;

/** Every AWS service that is there, each with the table of its operations. */
export function createServices(app: App): Service<Call>[] {
  return [
    { name: 'ecr', model: readModel('ecr'), operations: bind(app, ecrOperations) },
    // None of its operations is built: each answers so by its name.
    { name: 'ecr-public', model: readModel('ecr-public'), operations: new Map() },
    { name: 'sts', model: readModel('sts'), operations: bind(app, stsOperations) },
  ];
}

function bind(app: App, table: Table): Map<string, ServiceOperation<Call>> {
  const built = Object.entries(table).flatMap(([name, operation]) => (operation ? [[name, operation] as const] : []));
  return new Map(
    built.map(([name, operation]) => [name, { handle: (call, input) => operation.handle(app, call, input) }]),
  );
}
