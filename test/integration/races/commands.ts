/** What a client of a history does, and how histories are drawn: small enough to print, and made to shrink. */
import fc, { type Arbitrary } from 'fast-check';
import type { Front, Mode, Reference } from './requests.ts';
import type { GateName, Pick } from './turns.ts';
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
export const collectorSteps = ['links', 'uploads', 'ended', 'doomed', 'orphans', 'job'] as const;
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

const some = <T>(one: Arbitrary<T>, least: number, most: number): Arbitrary<T[]> =>
  fc.array(one, { minLength: least, maxLength: most, size: 'max' });

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
const layer = weighted({ a: 8, b: 2, c: 2, large: 1 });
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
  fc.record({ kind: is('shared'), act, repository: is('red'), layer: weighted({ a: 5, large: 1 }) });
const sharedAct = oneOf<SharedAct>(['start', 'first half', 'second half', 'finish', 'cancel']);

/** What leaves layers and uploads that nobody holds, whose time may be over when the clients come. */
const earlier: Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: pushLayer },
  { weight: 3, arbitrary: push },
  { weight: 2, arbitrary: remove },
  { weight: 1, arbitrary: mount },
  { weight: 4, arbitrary: sharedBy(oneOf<SharedAct>(['start', 'first half'])) },
);

const find: Arbitrary<Command> = fc.record({ kind: is('find'), front, repository, layer });
const read: Arbitrary<Command> = fc.record({ kind: is('read'), repository, layer });
const pull: Arbitrary<Command> = fc.record({ kind: is('pull'), front, repository, of: reference });

const command: Arbitrary<Command> = fc.oneof(
  { weight: 9, arbitrary: push },
  { weight: 3, arbitrary: pushLayer },
  { weight: 6, arbitrary: find },
  { weight: 6, arbitrary: mount },
  { weight: 8, arbitrary: fc.record({ kind: is('put'), front, repository, image, tag: perhapsTag }) },
  { weight: 4, arbitrary: pull },
  { weight: 3, arbitrary: read },
  { weight: 8, arbitrary: remove },
  { weight: 2, arbitrary: fc.record({ kind: is('drop'), repository, force: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: is('create'), repository, mode }) },
  { weight: 2, arbitrary: fc.record({ kind: is('mode'), repository, mode }) },
  { weight: 3, arbitrary: sharedBy(sharedAct) },
);

/** Some clients only look, or only work on the uploads that they share: they meet the collector more often so. */
const looking = fc.oneof({ weight: 4, arbitrary: read }, find, mount, pull);
const client = fc.oneof(
  { weight: 4, arbitrary: some(command, 1, 6) },
  { weight: 2, arbitrary: some(looking, 1, 6) },
  { weight: 1, arbitrary: some(sharedBy(sharedAct), 1, 6) },
);

const chore: Arbitrary<Chore> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: is('advance'), minutes: oneOf(clockSteps) }) },
  { weight: 3, arbitrary: fc.record({ kind: is('pass'), minutes: oneOf(clockSteps) }) },
  { weight: 2, arbitrary: fc.record({ kind: is('collect'), step: oneOf(collectorSteps) }) },
  { weight: 2, arbitrary: fc.record({ kind: is('collect'), step: is('job') }) },
);

// most races are lost just before a write or a touch of bytes: there a client often waits while others do whole requests
const pick: Arbitrary<Pick> = fc.record({
  client: fc.nat(3),
  gates: fc.integer({ min: 1, max: 4 }),
  until: fc.oneof(
    { weight: 2, arbitrary: fc.constant(undefined) },
    { weight: 3, arbitrary: oneOf<GateName>(['write', 'bytes', 'ask']) },
    { weight: 1, arbitrary: oneOf<GateName>(['body', 'end of body']) },
  ),
  together: fc.oneof({ weight: 12, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

const through = (who: number, until: GateName): Pick => ({ client: who, gates: 1, until, together: false });

/** One stops just before a write or a touch of bytes, and others do whole requests meanwhile: the collector, or a client. */
const meeting: Arbitrary<Pick[]> = fc.oneof(
  fc
    .record({
      who: fc.integer({ min: 1, max: 3 }),
      until: oneOf<GateName>(['write', 'write', 'bytes', 'bytes', 'body', 'end of body']),
      chores: fc.integer({ min: 1, max: 4 }),
    })
    .map(({ who, until, chores }) => [through(who, until), ...Array.from({ length: chores }, () => through(0, 'ask'))]),
  fc
    .record({
      stop: fc.oneof(
        oneOf<Partial<Pick>>([{ until: 'write' }, { until: 'bytes' }]),
        fc.integer({ min: 1, max: 5 }).map((gates): Partial<Pick> => ({ gates })),
      ),
      who: fc.integer({ min: 1, max: 3 }),
      requests: fc.integer({ min: 1, max: 4 }),
    })
    .map(({ stop, who, requests }) => [
      { client: 0, gates: 1, together: false, ...stop },
      ...Array.from({ length: requests }, () => through(who, 'ask')),
    ]),
);
const picks = (most: number): Arbitrary<Pick[]> =>
  some(fc.oneof({ weight: 3, arbitrary: pick.map((one) => [one]) }, { weight: 2, arbitrary: meeting }), 0, most).map(
    (all) => all.flat(),
  );

const wide: Arbitrary<Plan> = fc.record({
  before: some(earlier, 0, 6),
  age: oneOf([0, 45, 66, 91]),
  clients: some(client, 2, 3),
  keeper: some(chore, 1, 10),
  picks: picks(50),
});

/** What is done about one layer, in few words: each of them meets the collector at its work. */
function about(layer: 'a' | 'large', image: 'one' | 'heavy'): Arbitrary<Plan> {
  const [red, blue] = [fc.constant('red'), fc.constant('blue')];
  const [it, itsImage] = [fc.constant(layer), fc.constant(image)];
  const [none, inParts] = [fc.constant(undefined), fc.boolean()];
  const held = fc.constant<Reference[]>([{ image }]);
  const words = {
    send: fc.record({ kind: is('push layer'), front, repository: red, layer: it, inParts }),
    sendElsewhere: fc.record({ kind: is('push layer'), front, repository: blue, layer: it, inParts }),
    push: fc.record({ kind: is('push'), front, repository: red, image: itsImage, tag: none, from: none }),
    put: fc.record({ kind: is('put'), front, repository: red, image: itsImage, tag: perhapsTag }),
    delete: fc.record({ kind: is('delete'), front, repository: red, of: held }),
    find: fc.record({ kind: is('find'), front, repository: red, layer: it }),
    read: fc.record({ kind: is('read'), repository: red, layer: it }),
    mount: fc.record({ kind: is('mount'), repository: anyRepository, from: anyRepository, layer: it }),
    drop: fc.record({ kind: is('drop'), repository: red, force: fc.constant(true) }),
    share: fc.record({ kind: is('shared'), act: sharedAct, repository: red, layer: it }),
    begin: fc.record({ kind: is('shared'), act: is('start'), repository: red, layer: it }),
  };
  const { send, sendElsewhere, push: whole, begin, ...others } = words;
  const work = fc.oneof(send, sendElsewhere, whole, others.read, ...Object.values(others));
  return fc.record({
    before: some(fc.oneof({ weight: 3, arbitrary: send }, sendElsewhere, whole, begin, others.delete), 1, 3),
    age: oneOf([45, 66, 66, 91]),
    clients: some(some(work, 1, 4), 2, 2),
    keeper: some(
      fc.oneof(
        fc.record({ kind: is('pass'), minutes: oneOf([4, 25]) }),
        { weight: 2, arbitrary: fc.record({ kind: is('collect'), step: oneOf<CollectorStep>(['job']) }) },
        fc.record({ kind: is('collect'), step: oneOf(collectorSteps) }),
        fc.record({ kind: is('collect'), step: oneOf<CollectorStep>(['orphans']) }),
      ),
      1,
      5,
    ),
    picks: picks(20),
  });
}

/** What is done about one tag that may not move, and about an index with its children. */
function aboutTags(): Arbitrary<Plan> {
  const red = fc.constant('red');
  const [one, two, three] = ['one', 'two', 'three'].map((name): Command => ({
    kind: 'push',
    front: 'oci',
    repository: 'red',
    image: name,
  }));
  const fixed: Command = { kind: 'mode', repository: 'red', mode: 'IMMUTABLE' };
  const target = oneOf(['one', 'three', 'pair']);
  const tagged = fc.record({ kind: is('put'), front, repository: red, image: target, tag: fc.constant('t') });
  const of = fc.oneof(
    fc.constant<Reference>({ tag: 't' }),
    target.map((name): Reference => ({ image: name })),
  );
  const work = fc.oneof(
    { weight: 9, arbitrary: tagged },
    { weight: 2, arbitrary: fc.record({ kind: is('put'), front, repository: red, image: target, tag: perhapsTag }) },
    { weight: 2, arbitrary: fc.record({ kind: is('delete'), front, repository: red, of: of.map((it) => [it]) }) },
    { weight: 2, arbitrary: fc.record({ kind: is('pull'), front, repository: red, of }) },
    { weight: 1, arbitrary: fc.record({ kind: is('mode'), repository: red, mode }) },
  );
  const start = [one, two, three].filter((command) => command !== undefined);
  return fc.record({
    before: oneOf<Command[]>([start, [...start, fixed], [...start, fixed]]),
    age: fc.constant(0),
    clients: some(some(work, 1, 4), 2, 3),
    keeper: fc.constant<Chore[]>([]),
    picks: picks(20),
  });
}

/** Long histories of everything, and short ones about one layer or one tag. */
export const plan: Arbitrary<Plan> = fc.oneof(
  { weight: 2, arbitrary: wide },
  { weight: 3, arbitrary: about('a', 'one') },
  { weight: 1, arbitrary: about('large', 'heavy') },
  { weight: 3, arbitrary: aboutTags() },
);

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
  const turns = picks
    .map(({ client, gates, until, together }) =>
      together ? 'all' : until === undefined ? `${client}×${gates}` : `${client}→${until}`,
    )
    .join(' ');
  return [...lines, `  turns: ${turns || 'one client after the other'}`].join('\n');
}
