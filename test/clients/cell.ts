/** What a cell of the table is: a step that is tried on both addresses, or the reason why the client cannot. */
import type { Address, Ground } from './ground.ts';

export const columns = ['push', 'pull by tag', 'pull by digest', 'index', 'mount', 'delete', 'referrers'] as const;
export type Column = (typeof columns)[number];

/** Where a step is tried. Repositories are its own. */
export interface Task {
  readonly ground: Ground;
  readonly address: Address;
  /** Exists already. */
  readonly repository: string;
  /** Exists too, for steps that need two. */
  readonly other: string;
}

export type Step<T> = (client: T, task: Task) => Promise<void>;

/** A reason is a sentence. */
export type Cell<T> = Step<T> | string | Readonly<Record<Address['key'], Step<T> | string>>;

/** What every client has. */
export interface Started {
  /** As the client says it. */
  readonly version: string;
  login(address: Address): Promise<void>;
  close?(): Promise<void>;
}

export interface ClientRow<T extends Started> {
  readonly name: string;
  readonly source: 'Debian' | 'Go modules' | 'npm' | 'PyPI';
  /** Why it cannot be tried on this machine at all. */
  missing(): string | undefined;
  start(ground: Ground): Promise<T>;
  readonly cells: Readonly<Record<Column, Cell<T>>>;
  /** What this client alone does, by what the test is called. */
  readonly more?: Readonly<Record<string, Cell<T>>>;
}

export interface RunningClient {
  readonly version: string;
  login(address: Address): Promise<void>;
  run(what: string, task: Task): Promise<void>;
  close(): Promise<void>;
}

/** A row of the table, whatever its client is made of. */
export interface Row {
  readonly name: string;
  readonly source: ClientRow<Started>['source'];
  /** Of `more`, in order. */
  readonly more: readonly string[];
  /** Why the client cannot do it; undefined where a test shows that it can. */
  reason(what: string, key: Address['key']): string | undefined;
  missing(): string | undefined;
  start(ground: Ground): Promise<RunningClient>;
}

export function row<T extends Started>(client: ClientRow<T>): Row {
  const find = (what: string, key: Address['key']): Step<T> | string => {
    const cell = { ...client.cells, ...client.more }[what];
    if (cell === undefined) throw new Error(`${client.name} has no cell '${what}'`);
    return typeof cell === 'object' ? cell[key] : cell;
  };
  return {
    name: client.name,
    source: client.source,
    more: Object.keys(client.more ?? {}),
    missing: () => client.missing(),
    reason(what, key) {
      const found = find(what, key);
      return typeof found === 'string' ? found : undefined;
    },
    async start(ground) {
      const started = await client.start(ground);
      return {
        version: started.version,
        login: async (address) => await started.login(address),
        async run(what, task) {
          const step = find(what, task.address.key);
          if (typeof step === 'string') throw new Error(`${client.name}: ${step}`);
          await step(started, task);
        },
        close: async () => await started.close?.(),
      };
    },
  };
}
