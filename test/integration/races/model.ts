/**
 * The registry in plain maps: what one request, all alone, does and says. What the collector may take is not taken by a
 * step of its own; it is gone as soon as somebody is told so, and may be told so only when its time is over.
 */
import type { Done, Mode, Part, Reference, Request } from './requests.ts';
import { imageOf, layerOf, periods } from './vocabulary.ts';

interface Upload {
  readonly received: number;
  /** Minutes at which it may be given up. */
  readonly until: number;
}

export interface Repository {
  readonly mode: Mode;
  readonly images: ReadonlySet<string>;
  readonly tags: ReadonlyMap<string, string>;
  /** Layer → minutes until which it is promised where no image refers to it. */
  readonly layers: ReadonlyMap<string, number>;
  readonly uploads: ReadonlyMap<string, Upload>;
}

export interface State {
  /** Minutes that the clock has advanced by. */
  readonly clock: number;
  readonly repositories: ReadonlyMap<string, Repository>;
}

export const nothing: State = { clock: 0, repositories: new Map() };

const empty = (mode: Mode): Repository => ({
  mode,
  images: new Set(),
  tags: new Map(),
  layers: new Map(),
  uploads: new Map(),
});

const withEntry = <K, V>(map: ReadonlyMap<K, V>, key: K, value: V): Map<K, V> => new Map(map).set(key, value);

function without<K, V>(map: ReadonlyMap<K, V>, key: K): Map<K, V> {
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}

const isHeld = (repository: Repository, layer: string): boolean =>
  [...repository.images].some((image) => imageOf(image).layers.includes(layer));

/** Whether the collector may have taken a layer by now. */
const mayBeGone = (state: State, repository: Repository, layer: string): boolean =>
  !isHeld(repository, layer) && (repository.layers.get(layer) ?? -1) < state.clock;

const promise = (repository: Repository, layer: string, until: number): Repository => {
  if ((repository.layers.get(layer) ?? -1) >= until) return repository;
  return { ...repository, layers: withEntry(repository.layers, layer, until) };
};

/** What a step sees: the state, the repository that it is about if there is one, and the request with its answer. */
interface View<K extends Request['kind']> {
  readonly state: State;
  readonly repository: Repository | undefined;
  readonly request: Extract<Request, { kind: K }>;
  readonly done: Done;
  readonly said: string;
}

/** The repository afterwards, 'gone', 'same' where nothing changed; undefined where the answer is wrong here. */
type Outcome = Repository | 'gone' | 'same' | undefined;

const sameIf = (right: boolean): Outcome => (right ? 'same' : undefined);

/** An answer that a layer is not there, which settles that it is gone. */
function layerAbsent(state: State, repository: Repository | undefined, layer: string): Outcome {
  if (!repository?.layers.has(layer)) return 'same';
  if (!mayBeGone(state, repository, layer)) return undefined;
  return { ...repository, layers: without(repository.layers, layer) };
}

function create({ repository, request, said }: View<'create'>): Outcome {
  if (repository) return sameIf(said === 'exists');
  return said === 'ok' ? empty(request.mode) : undefined;
}

function drop({ repository, request, said }: View<'drop'>): Outcome {
  if (!repository) return sameIf(said === 'no repository');
  if (repository.images.size > 0 && !request.force) return sameIf(said === 'not empty');
  return said === 'ok' ? 'gone' : undefined;
}

function mode({ repository, request, said }: View<'mode'>): Outcome {
  if (!repository) return sameIf(said === 'no repository');
  return said === 'ok' ? { ...repository, mode: request.mode } : undefined;
}

/** Who is told that a layer is there may leave its bytes out for half a lease at least. */
function find({ state, repository, request, done, said }: View<'find'>): Outcome {
  if (said === 'absent') return layerAbsent(state, repository, request.layer);
  if (!repository?.layers.has(request.layer)) return undefined;
  const after = promise(repository, request.layer, done.clock.began + periods.lease / 2);
  return after === repository ? 'same' : after;
}

/** Bytes may be lost to a reader that took longer over them than the grace period. */
function read({ state, repository, request, done, said }: View<'read'>): Outcome {
  if (said === 'absent') return layerAbsent(state, repository, request.layer);
  if (said === 'lost') return sameIf(done.clock.ended - done.clock.began > periods.deletionGrace);
  return sameIf(repository?.layers.has(request.layer) === true);
}

function mount({ state, repository, request, done, said }: View<'mount'>): Outcome {
  if (!repository) return sameIf(said === 'no repository');
  const source = state.repositories.get(request.from);
  if (said === 'upload') {
    if (source?.layers.has(request.layer) && !mayBeGone(state, source, request.layer)) return undefined;
    return begun(repository, done);
  }
  if (said !== 'there' || !source?.layers.has(request.layer)) return undefined;
  return promise(repository, request.layer, done.clock.began + periods.lease);
}

const begun = (repository: Repository, { answer, clock }: Done): Repository => {
  const upload = { received: 0, until: clock.began + periods.uploadLife };
  return { ...repository, uploads: withEntry(repository.uploads, answer.upload ?? '', upload) };
};

function start({ repository, done, said }: View<'start'>): Outcome {
  if (!repository) return sameIf(said === 'no repository');
  return said === 'ok' ? begun(repository, done) : undefined;
}

/** An upload that rested too long before the registry began to read for it may be gone; one being written to may not. */
function uploadAbsent(repository: Repository | undefined, id: string, done: Done): Outcome {
  const upload = repository?.uploads.get(id);
  if (!repository || !upload) return 'same';
  return upload.until < done.clock.body ? { ...repository, uploads: without(repository.uploads, id) } : undefined;
}

/** The upload that a part fits to, or what the answer means where there is none. */
function fitting(
  { repository, done, said }: Pick<View<'append'>, 'repository' | 'done' | 'said'>,
  part: Part,
): { upload: Upload; repository: Repository } | { outcome: Outcome } {
  if (said === 'absent') return { outcome: uploadAbsent(repository, part.upload, done) };
  const upload = repository?.uploads.get(part.upload);
  if (!repository || !upload) return { outcome: undefined };
  const fits = part.first === part.end || part.first === upload.received;
  if (said === 'order' || !fits) return { outcome: sameIf(said === 'order' && !fits) };
  return { upload, repository };
}

function append(view: View<'append'>): Outcome {
  const { state, request, said } = view;
  const found = fitting(view, request);
  if ('outcome' in found) return found.outcome;
  if (said !== 'ok') return undefined;
  const upload = { received: request.end, until: state.clock + periods.uploadLife };
  return { ...found.repository, uploads: withEntry(found.repository.uploads, request.upload, upload) };
}

/** The lease counts from the end of the upload, however long its bytes took. */
function finish(view: View<'finish'>): Outcome {
  const { state, request, said } = view;
  const found = fitting(view, request);
  if ('outcome' in found) return found.outcome;
  const { repository, upload } = found;
  const size = request.first === request.end ? upload.received : request.end;
  if (size !== layerOf(request.layer).bytes.length) return sameIf(said === 'wrong');
  const known = repository.layers.has(request.layer);
  if (said === 'existed' ? !known : said !== 'ok') return undefined;
  if (request.front === 'aws' && said === 'ok' && known && !mayBeGone(state, repository, request.layer))
    return undefined;
  const uploads = without(repository.uploads, request.upload);
  return promise({ ...repository, uploads }, request.layer, state.clock + periods.lease);
}

function cancel({ repository, request, done, said }: View<'cancel'>): Outcome {
  if (said === 'absent') return uploadAbsent(repository, request.upload, done);
  if (said !== 'ok' || !repository?.uploads.has(request.upload)) return undefined;
  return { ...repository, uploads: without(repository.uploads, request.upload) };
}

function put({ state, repository, request, said }: View<'put'>): Outcome {
  if (!repository) return sameIf(said === 'no repository');
  const { image, tag, front } = request;
  const known = repository.images.has(image);
  const needed = known ? [] : imageOf(image).layers;
  const children = known ? [] : imageOf(image).children;
  const complete =
    needed.every((layer) => repository.layers.has(layer)) && children.every((child) => repository.images.has(child));
  if (said === 'missing') return sameIf(!complete || needed.some((layer) => mayBeGone(state, repository, layer)));
  if (!complete) return undefined;
  const held = tag === undefined ? undefined : repository.tags.get(tag);
  const same = held === image;
  if (held !== undefined && repository.mode === 'IMMUTABLE' && !(same && front === 'aws')) {
    return sameIf(said === 'immutable');
  }
  const changed = !known || (tag !== undefined && !same);
  if (!changed) return sameIf(said === (front === 'aws' ? 'exists' : 'ok'));
  if (said !== 'ok') return undefined;
  const tags = tag === undefined ? repository.tags : withEntry(repository.tags, tag, image);
  return { ...repository, images: new Set(repository.images).add(image), tags };
}

function resolve(repository: Repository | undefined, of: Reference): string | undefined {
  const image = 'tag' in of ? repository?.tags.get(of.tag) : of.image;
  return image !== undefined && repository?.images.has(image) ? image : undefined;
}

const get = ({ repository, request, said }: View<'get'>): Outcome =>
  sameIf(said === (resolve(repository, request.of) ?? 'absent'));

/** Every image with its tags, in the order of their names. */
export const listing = (all: ReadonlyMap<string, readonly string[]>): string =>
  [...all]
    .map(([image, its]) => `${image}[${its.toSorted().join()}]`)
    .toSorted()
    .join(' ') || 'nothing';

function list({ repository, said }: View<'list'>): Outcome {
  if (!repository) return sameIf(said === 'no repository');
  const all = [...repository.images].map((image): [string, string[]] => [
    image,
    [...repository.tags].filter(([, target]) => target === image).map(([tag]) => tag),
  ]);
  return sameIf(said === listing(new Map(all)));
}

function remove({ repository, request, done, said }: View<'delete'>): Outcome {
  if (!repository) return sameIf(said === 'no repository');
  let after = repository;
  const words: string[] = [];
  const gone = new Set<string>();
  for (const of of request.of) {
    const key = 'tag' in of ? `:${of.tag}` : of.image;
    const image = resolve(after, of);
    if (image === undefined) {
      words.push(gone.has(key) ? 'ok' : 'absent');
      continue;
    }
    const itsTags = [...after.tags].filter(([, target]) => target === image).map(([tag]) => tag);
    if ('tag' in of && itsTags.length > 1) {
      after = { ...after, tags: without(after.tags, of.tag) };
      gone.add(image).add(key);
      words.push('ok');
    } else if ([...after.images].some((other) => imageOf(other).children.includes(image))) words.push('held');
    else {
      after = withoutImage(after, image, done.clock.began + periods.lease);
      for (const tag of itsTags) gone.add(`:${tag}`);
      gone.add(image);
      words.push('ok');
    }
  }
  if (said !== words.join(' ')) return undefined;
  return after === repository ? 'same' : after;
}

/** Layers that lose their last image with it are kept for a lease more. */
function withoutImage(repository: Repository, image: string, until: number): Repository {
  const images = new Set(repository.images);
  images.delete(image);
  const tags = new Map([...repository.tags].filter(([, target]) => target !== image));
  const after = { ...repository, images, tags };
  const layers = new Map(repository.layers);
  for (const layer of imageOf(image).layers) if (!isHeld(after, layer)) layers.set(layer, until);
  return { ...after, layers };
}

type Steps = { readonly [K in Exclude<Request['kind'], 'advance' | 'collect'>]: (view: View<K>) => Outcome };

const steps: Steps = {
  create,
  drop,
  mode,
  find,
  read,
  mount,
  start,
  append,
  finish,
  cancel,
  put,
  get,
  list,
  delete: remove,
};

/** The state after a request that was answered as it was; undefined where it could not be answered so in this state. */
export function step(state: State, done: Done): State | undefined {
  const { request, answer } = done;
  if (request.kind === 'advance') return { ...state, clock: state.clock + request.minutes };
  if (request.kind === 'collect') return state;
  const repository = state.repositories.get(request.repository);
  const act = steps[request.kind] as (view: object) => Outcome;
  const outcome = act({ state, repository, request, done, said: answer.said });
  if (outcome === undefined) return undefined;
  if (outcome === 'same') return state;
  const { repositories } = state;
  const after =
    outcome === 'gone'
      ? without(repositories, request.repository)
      : withEntry(repositories, request.repository, outcome);
  return { ...state, repositories: after };
}

/** The same text for the same state. */
export function stateText({ clock, repositories }: State): string {
  const inOrder = <V>(entries: Iterable<readonly [string, V]>): (readonly [string, V])[] =>
    [...entries].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const all = inOrder(repositories).map(([name, one]) => [
    name,
    one.mode,
    [...one.images].toSorted(),
    inOrder(one.tags),
    inOrder(one.layers),
    inOrder(one.uploads).map(([id, { received, until }]) => [id.slice(0, 8), received, until]),
  ]);
  return JSON.stringify([clock, all]);
}
