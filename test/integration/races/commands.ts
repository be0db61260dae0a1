/** What a client of a history does, and how histories are drawn: small enough to print, and made to shrink. */
import fc, { type Arbitrary } from 'fast-check';
import type { Front, Mode, Reference } from './requests.ts';
import type { Pick } from './turns.ts';
import { clockSteps, repositories, tags } from './vocabulary.ts';

/** One thing that a client does, as one or several requests in a row. */
export type Command =
  /** Asks for each layer, sends or mounts what is missing, then the manifest, as real clients do. */
  | {
      readonly kind: 'push';
      readonly front: Front;
      readonly repository: string;
      readonly image: string;
      readonly tag?: string | undefined;
      readonly from?: string | undefined;
    }
  | {
      readonly kind: 'push layer';
      readonly front: Front;
      readonly repository: string;
      readonly layer: string;
      readonly inParts: boolean;
    }
  | { readonly kind: 'find'; readonly front: Front; readonly repository: string; readonly layer: string }
  | { readonly kind: 'mount'; readonly repository: string; readonly from: string; readonly layer: string }
  /** A manifest without a look at its layers: a retag where the image is there. */
  | {
      readonly kind: 'put';
      readonly front: Front;
      readonly repository: string;
      readonly image: string;
      readonly tag?: string | undefined;
    }
  /** The manifest and then every byte that it refers to. */
  | { readonly kind: 'pull'; readonly front: Front; readonly repository: string; readonly of: Reference }
  | { readonly kind: 'read'; readonly repository: string; readonly layer: string }
  | { readonly kind: 'delete'; readonly front: Front; readonly repository: string; readonly of: readonly Reference[] }
  | { readonly kind: 'drop'; readonly repository: string; readonly force: boolean }
  | { readonly kind: 'create'; readonly repository: string; readonly mode: Mode }
  | { readonly kind: 'mode'; readonly repository: string; readonly mode: Mode }
  /** An upload that several clients work on. */
  | { readonly kind: 'shared'; readonly act: SharedAct; readonly repository: string; readonly layer: string };

export type SharedAct = 'start' | 'first half' | 'second half' | 'finish' | 'cancel';

/** What the keeper does: it turns the clock and runs the collector, one step at a time, as the registry's own schedule. */
export type Chore =
  | { readonly kind: 'advance'; readonly minutes: number }
  /** Both: time passes, then the collector looks. */
  | { readonly kind: 'pass'; readonly minutes: number }
  | { readonly kind: 'collect'; readonly step: CollectorStep };

/** `job` is the first three, as the registry's own schedule runs them. */
export const collectorSteps = ['links', 'uploads', 'doomed', 'orphans', 'job'] as const;
export type CollectorStep = (typeof collectorSteps)[number];

export interface Plan {
  /** Done by one client alone before the others begin. */
  readonly before: readonly Command[];
  /** Minutes that pass after that without the collector: leases may be over, and what they held still there. */
  readonly age: number;
  readonly clients: readonly (readonly Command[])[];
  readonly keeper: readonly Chore[];
  readonly picks: readonly Pick[];
}

const oneOf = <T>(values: readonly T[]): Arbitrary<T> => fc.constantFrom(...values);

// most of it in one place, so that clients meet
const repository = fc.oneof(
  { weight: 3, arbitrary: fc.constant('red') },
  { weight: 1, arbitrary: oneOf(repositories) },
);
const anyRepository = oneOf(repositories);
const tag = oneOf(tags);
const front = oneOf<Front>(['oci', 'aws']);

const weighted = <T extends string>(weights: Readonly<Record<T, number>>): Arbitrary<T> =>
  fc.oneof(...Object.entries<number>(weights).map(([name, weight]) => ({ weight, arbitrary: fc.constant(name as T) })));

// a few are met all the time; large bodies take long, and are needed seldom
const layer = weighted({ a: 5, b: 2, c: 2, large: 1 });
const image = weighted({ one: 4, two: 2, three: 2, pair: 3, heavy: 1 });
const perhapsTag = fc.option(tag, { nil: undefined, freq: 4 });
const mode = oneOf<Mode>(['MUTABLE', 'IMMUTABLE']);
const reference: Arbitrary<Reference> = fc.oneof(fc.record({ tag }), fc.record({ image }));
const is = <T extends string>(kind: T): Arbitrary<T> => fc.constant(kind);

const push: Arbitrary<Command> = fc.record({
  kind: is('push'),
  front,
  repository,
  image,
  tag: perhapsTag,
  from: fc.option(anyRepository, { nil: undefined, freq: 2 }),
});
const pushLayer: Arbitrary<Command> = fc.record({
  kind: is('push layer'),
  front,
  repository,
  layer,
  inParts: fc.boolean(),
});
const mount: Arbitrary<Command> = fc.record({
  kind: is('mount'),
  repository: anyRepository,
  from: repository,
  layer,
});
const remove: Arbitrary<Command> = fc.record({
  kind: is('delete'),
  front,
  repository,
  of: fc.array(reference, { minLength: 1, maxLength: 3 }),
});
const sharedBy = (act: Arbitrary<SharedAct>): Arbitrary<Command> =>
  fc.record({ kind: is('shared'), act, repository: is('red'), layer: weighted({ a: 3, large: 1 }) });
const sharedAct = oneOf<SharedAct>(['start', 'first half', 'second half', 'finish', 'cancel']);

/** What leaves layers and uploads that nobody holds, whose time may be over when the clients come. */
const earlier: Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: pushLayer },
  { weight: 3, arbitrary: push },
  { weight: 2, arbitrary: remove },
  { weight: 1, arbitrary: mount },
  { weight: 2, arbitrary: sharedBy(oneOf<SharedAct>(['start', 'first half'])) },
);

const command: Arbitrary<Command> = fc.oneof(
  { weight: 9, arbitrary: push },
  { weight: 3, arbitrary: pushLayer },
  { weight: 6, arbitrary: fc.record({ kind: is('find'), front, repository, layer }) },
  { weight: 6, arbitrary: mount },
  { weight: 8, arbitrary: fc.record({ kind: is('put'), front, repository, image, tag: perhapsTag }) },
  { weight: 5, arbitrary: fc.record({ kind: is('pull'), front, repository, of: reference }) },
  { weight: 5, arbitrary: fc.record({ kind: is('read'), repository, layer }) },
  { weight: 8, arbitrary: remove },
  { weight: 2, arbitrary: fc.record({ kind: is('drop'), repository, force: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: is('create'), repository, mode }) },
  { weight: 2, arbitrary: fc.record({ kind: is('mode'), repository, mode }) },
  { weight: 6, arbitrary: sharedBy(sharedAct) },
);

const chore: Arbitrary<Chore> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: is('advance'), minutes: oneOf(clockSteps) }) },
  { weight: 3, arbitrary: fc.record({ kind: is('pass'), minutes: oneOf(clockSteps) }) },
  { weight: 2, arbitrary: fc.record({ kind: is('collect'), step: oneOf(collectorSteps) }) },
  { weight: 2, arbitrary: fc.record({ kind: is('collect'), step: is('job') }) },
);

// runs of many gates let one request pass between two steps of another; single gates mix them finely
const pick: Arbitrary<Pick> = fc.record({
  client: fc.nat(3),
  gates: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 25 })),
  together: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

const some = <T>(one: Arbitrary<T>, least: number, most: number): Arbitrary<T[]> =>
  fc.array(one, { minLength: least, maxLength: most, size: 'max' });

export const plan: Arbitrary<Plan> = fc.record({
  before: some(earlier, 0, 6),
  age: oneOf([0, 45, 66, 91]),
  clients: some(some(command, 1, 6), 2, 3),
  keeper: some(chore, 1, 10),
  picks: some(pick, 0, 80),
});

export function commandText(command: Command | Chore): string {
  return Object.entries(command)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) =>
      name === 'kind' ? String(value) : `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    )
    .join(' ');
}

export function planText({ before, age, clients, keeper, picks }: Plan): string {
  const lines = [
    ...before.map((one) => `  before: ${commandText(one)}`),
    `  before: ${age} minutes pass`,
    ...keeper.map((one) => `  keeper (client 0): ${commandText(one)}`),
    ...clients.flatMap((own, index) => own.map((one) => `  client ${index + 1}: ${commandText(one)}`)),
  ];
  const turns = picks.map(({ client, gates, together }) => (together ? 'all' : `${client}×${gates}`)).join(' ');
  return [...lines, `  turns: ${turns || 'one client after the other'}`].join('\n');
}
