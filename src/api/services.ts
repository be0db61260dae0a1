import { withLazyModel } from '../aws/lazy-model.ts';
import type { Service, ServiceOperation } from '../aws/service.ts';
import type { App, Call } from '../core/app.ts';
import { requireUsable } from '../core/iam/usable-credentials.ts';
import { ecrOperations } from './ecr/index.ts';
import { iamOperations } from './iam/index.ts';
import type { Operation } from './operation.ts';
import { stsOperations } from './sts/index.ts';

type Table = Readonly<Record<string, Operation<never, unknown> | undefined>>;

/** Every AWS service that is there, each with the table of its operations. */
export function createServices(app: App): Service<Call>[] {
  return [
    withLazyModel('ecr', bind(app, 'ecr', ecrOperations)),
    // None of its operations is built: each answers so by its name.
    withLazyModel('ecr-public', new Map()),
    withLazyModel('sts', bind(app, 'sts', stsOperations)),
    withLazyModel('iam', bind(app, 'iam', iamOperations)),
  ];
}

function bind(app: App, service: string, table: Table): Map<string, ServiceOperation<Call>> {
  const built = Object.entries(table).flatMap(([name, operation]) => (operation ? [[name, operation] as const] : []));
  return new Map(
    built.map(([name, operation]) => [
      name,
      {
        handle: async (call, input) => {
          requireUsable(call.principal, service, name);
          return await operation.handle(app, call, input);
        },
      },
    ]),
  );
}
