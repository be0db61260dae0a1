/** What clients ask of the registry, and what they were told: the words of a history. */

export type Front = 'oci' | 'aws';

/** An image by its name in the vocabulary (asked for by digest), or whatever a tag gives. */
export type Reference = { readonly tag: string } | { readonly image: string };

export type Request =
  | { readonly kind: 'create'; readonly repository: string; readonly mode: Mode }
  | { readonly kind: 'drop'; readonly repository: string; readonly force: boolean }
  | { readonly kind: 'mode'; readonly repository: string; readonly mode: Mode }
  | { readonly kind: 'find'; readonly front: Front; readonly repository: string; readonly layer: string }
  | { readonly kind: 'read'; readonly repository: string; readonly layer: string }
  | { readonly kind: 'mount'; readonly repository: string; readonly from: string; readonly layer: string }
  | { readonly kind: 'start'; readonly front: Front; readonly repository: string }
  | (Part & { readonly kind: 'append' })
  | (Part & { readonly kind: 'finish' })
  | { readonly kind: 'cancel'; readonly repository: string; readonly upload: string }
  | {
      readonly kind: 'put';
      readonly front: Front;
      readonly repository: string;
      readonly image: string;
      readonly tag: string | undefined;
    }
  | { readonly kind: 'get'; readonly front: Front; readonly repository: string; readonly of: Reference }
  | { readonly kind: 'list'; readonly repository: string }
  | { readonly kind: 'delete'; readonly front: Front; readonly repository: string; readonly of: readonly Reference[] }
  | { readonly kind: 'advance'; readonly minutes: number }
  | { readonly kind: 'collect'; readonly step: string };

/** Bytes of a layer from `first` to `end` (not included) for an upload; none where they are the same. */
export interface Part {
  readonly front: Front;
  readonly repository: string;
  readonly upload: string;
  readonly layer: string;
  readonly first: number;
  readonly end: number;
}

export type Mode = 'MUTABLE' | 'IMMUTABLE';

export interface Answer {
  /** `ok`, `there`, `absent`, …; the name of an image; for several images one word each. */
  readonly said: string;
  /** The id of an upload that was begun. */
  readonly upload?: string | undefined;
}

/** A request that has been answered. Places in the history are numbers that grow with every begin and every end. */
export interface Done {
  readonly client: number;
  readonly request: Request;
  readonly answer: Answer;
  readonly began: number;
  readonly ended: number;
  /** Minutes that the clock had advanced by: when it was asked, when its body was first read, when it was answered. */
  readonly clock: { readonly began: number; readonly body: number; readonly ended: number };
}

/** Something that no order of requests explains. */
export class Violation extends Error {}

const referenceText = (of: Reference): string => ('tag' in of ? `:${of.tag}` : `@${of.image}`);

export function requestText(request: Request): string {
  const { kind, ...rest } = request;
  const words = Object.entries(rest).map(([name, value]) => {
    if (name === 'of') return [value as Reference | readonly Reference[]].flat().map(referenceText).join(' ');
    if (name === 'upload') return `upload ${String(value).slice(0, 4)}`;
    if (['front', 'repository', 'layer', 'image', 'mode', 'step'].includes(name)) return String(value);
    return `${name} ${String(value)}`;
  });
  return [kind, ...words].join(' ');
}

export function historyText(done: readonly Done[]): string {
  return done
    .toSorted((a, b) => a.began - b.began)
    .map(({ client, request, answer, began, ended }) => {
      const upload = answer.upload === undefined ? '' : ` (upload ${answer.upload.slice(0, 4)})`;
      return `  ${`${began}–${ended}`.padEnd(9)} client ${client}: ${requestText(request)} → ${answer.said}${upload}`;
    })
    .join('\n');
}
