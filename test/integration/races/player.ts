/** A client of a history: turns commands into requests, one after another, and notes what it was told. */
import type { Command, SharedAct } from './commands.ts';
import type { Answer, Front, Part, Request } from './requests.ts';
import { imageOf, layerOf } from './vocabulary.ts';

/** Asks one thing in the name of a client; the answer is in the history when it resolves. */
export type Ask = (request: Request) => Promise<Answer>;

/** Uploads that several clients know, by repository and layer. */
export type SharedUploads = Map<string, string>;

export async function perform(ask: Ask, shared: SharedUploads, command: Command): Promise<void> {
  switch (command.kind) {
    case 'push':
      return await push(ask, command);
    case 'push layer': {
      const { front, repository, layer, inParts } = command;
      await upload(ask, { front, repository, layer, inParts });
      return;
    }
    case 'pull':
      return await pull(ask, command);
    case 'put':
      await ask({ ...command, tag: command.tag });
      return;
    case 'delete': {
      // the OCI front takes one at a time
      if (command.front === 'aws') await ask(command);
      else for (const of of command.of) await ask({ ...command, of: [of] });
      return;
    }
    case 'shared':
      return await share(ask, shared, command);
    default:
      await ask(command);
  }
}

interface Push {
  readonly front: Front;
  readonly repository: string;
  readonly image: string;
  readonly tag?: string | undefined;
  readonly from?: string | undefined;
}

async function push(ask: Ask, { front, repository, image, tag, from }: Push): Promise<void> {
  const { children, layers } = imageOf(image);
  for (const child of children) await push(ask, { front, repository, image: child, from });
  for (const layer of layers) {
    if ((await ask({ kind: 'find', front, repository, layer })).said === 'there') continue;
    const mounted = from === undefined ? undefined : await ask({ kind: 'mount', repository, from, layer });
    if (mounted?.said === 'there') continue;
    const inParts = layer === 'large';
    if (!(await upload(ask, { front: mounted ? 'oci' : front, repository, layer, inParts, begun: mounted }))) return;
  }
  await ask({ kind: 'put', front, repository, image, tag });
}

interface Upload {
  readonly front: Front;
  readonly repository: string;
  readonly layer: string;
  readonly inParts: boolean;
  /** The answer that began the upload, if it has begun. */
  readonly begun?: Answer | undefined;
}

/** False where it could not be done. The JSON API takes the bytes before the end, the OCI front also with it. */
async function upload(ask: Ask, { front, repository, layer, inParts, begun }: Upload): Promise<boolean> {
  const { upload: id } = begun ?? (await ask({ kind: 'start', front, repository }));
  if (id === undefined) return false;
  const end = layerOf(layer).bytes.length;
  const part: Part = { front, repository, upload: id, layer, first: 0, end };
  const middle = Math.floor(end / 2);
  const sent = front === 'aws' ? end : inParts ? middle : 0;
  if (sent > 0 && (await ask({ kind: 'append', ...part, end: sent })).said !== 'ok') return false;
  const { said } = await ask({ kind: 'finish', ...part, first: sent });
  return said === 'ok' || said === 'existed';
}

async function pull(ask: Ask, { front, repository, of }: Extract<Command, { kind: 'pull' }>): Promise<void> {
  const { said } = await ask({ kind: 'get', front, repository, of });
  if (said === 'absent') return;
  const { layers, children } = imageOf(said);
  for (const layer of layers) await ask({ kind: 'read', repository, layer });
  for (const image of children) await pull(ask, { kind: 'pull', front, repository, of: { image } });
}

async function share(
  ask: Ask,
  shared: SharedUploads,
  { act, repository, layer }: { act: SharedAct; repository: string; layer: string },
): Promise<void> {
  if (act === 'start') {
    const begun = await ask({ kind: 'start', front: 'oci', repository });
    if (begun.upload !== undefined) shared.set(`${repository} ${layer}`, begun.upload);
    return;
  }
  const id = shared.get(`${repository} ${layer}`);
  if (id === undefined) return;
  if (act === 'cancel') {
    await ask({ kind: 'cancel', repository, upload: id });
    return;
  }
  const end = layerOf(layer).bytes.length;
  const middle = Math.floor(end / 2);
  const part = { front: 'oci', repository, upload: id, layer } as const;
  if (act === 'first half') await ask({ kind: 'append', ...part, first: 0, end: middle });
  else if (act === 'second half') await ask({ kind: 'append', ...part, first: middle, end });
  else await ask({ kind: 'finish', ...part, first: middle, end });
}
