/** Whether some order of the requests of a history, one at a time, gives every answer that was given. */
import { nothing, stateText, step, type State } from './model.ts';
import { requestText, type Done } from './requests.ts';

/** The furthest that any order came, and what could not go on from there. */
export interface Unexplained {
  readonly explained: number;
  readonly state: string;
  readonly next: readonly string[];
}

/**
 * Looks for an order in which a request that ended before another began comes first. Requests of one client never overlap,
 * so a place in the search is how far each client has come; a place seen with the same state is not searched again.
 */
export function explain(history: readonly Done[]): Unexplained | undefined {
  const clients = [...Map.groupBy(history, ({ client }) => client).values()];
  for (const own of clients) own.sort((a, b) => a.began - b.began);
  const seen = new Set<string>();
  const open: { at: number[]; state: State }[] = [{ at: clients.map(() => 0), state: nothing }];
  let furthest: Unexplained = { explained: -1, state: '', next: [] };
  for (let place = open.pop(); place; place = open.pop()) {
    const { at, state } = place;
    const key = `${at.join()} ${stateText(state)}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const explained = at.reduce((sum, one) => sum + one, 0);
    if (explained === history.length) return undefined;
    const next = clients.flatMap((own, client) => own[at[client] ?? 0] ?? []);
    const firstEnd = Math.min(...next.map(({ ended }) => ended));
    const candidates = next.filter(({ began }) => began < firstEnd);
    if (explained > furthest.explained) {
      const texts = candidates.map(
        ({ client, request, answer }) => `client ${client}: ${requestText(request)} → ${answer.said}`,
      );
      furthest = { explained, state: stateText(state), next: texts };
    }
    open.push(...follow(candidates, state, (done) => moved(at, clients, done)));
  }
  return furthest;
}

function moved(at: readonly number[], clients: readonly (readonly Done[])[], done: Done): number[] {
  return at.map((count, client) => (clients[client]?.[count] === done ? count + 1 : count));
}

/** Requests that change nothing whenever they come. */
const reads: ReadonlySet<Done['request']['kind']> = new Set(['read', 'get', 'list'] as const);

/**
 * What may come next. A read that is right is as good now as later, so nothing else is tried. Any other request that
 * changes nothing now may change something later, as a push of what is there does once it was deleted.
 */
function follow(
  candidates: readonly Done[],
  state: State,
  move: (done: Done) => number[],
): { at: number[]; state: State }[] {
  const places: { at: number[]; state: State }[] = [];
  for (const done of candidates) {
    const after = step(state, done);
    if (after === state && reads.has(done.request.kind)) return [{ at: move(done), state }];
    if (after) places.push({ at: move(done), state: after });
  }
  return places.toReversed();
}
