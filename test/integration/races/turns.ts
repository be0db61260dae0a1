/**
 * Who goes on next. Requests stop at gates (gates.ts); only when every client's request stands at one is one let go, by
 * the history's own picks. So the same history runs the same way again, over real HTTP and real files.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Lets a client through `gates` gates, or until it stands at one called `until`, before another is picked. `together`
 * lets all that stand go at once, the keeper excepted: a clock that is turned while a request is signed makes it too old.
 */
export interface Pick {
  readonly client: number;
  readonly gates: number;
  readonly until?: GateName | undefined;
  readonly together: boolean;
}

/** Before a request is made, a look into the store, a write, a touch of stored bytes, a piece of a body. */
export type GateName = 'begin' | 'ask' | 'look' | 'write' | 'bytes' | 'body' | 'end of body';

/** The client that turns the clock and runs the collector. */
export const keeper = 0;

const first: Pick = { client: 0, gates: 1, together: false };
const nobody: Pick = { client: -1, gates: 0, together: false };

interface Standing {
  readonly client: number;
  readonly gate: GateName;
  readonly go: () => void;
}

/** Nobody has moved for so long: somebody waits for something that will not come. */
const stuckAfterMilliseconds = 20_000;

export class Turns {
  readonly #who = new AsyncLocalStorage<number | undefined>();
  readonly #playing = new Set<number>();
  readonly #waiting = new Set<number>();
  #standing: Standing[] = [];
  #picks: Pick[] = [];
  #current: Pick = nobody;
  #moves = 0;

  /** The client on whose behalf the code that asks runs; undefined for anybody else. */
  get client(): number | undefined {
    return this.#who.getStore();
  }

  /** Makes everything that follows in this chain of promises the doing of a client. */
  enter(client: number | undefined): void {
    this.#who.enterWith(client);
  }

  /** A gate: resolves when it is the client's turn, at once for those who do not play. */
  async stand(gate: GateName): Promise<void> {
    const { client } = this;
    if (client === undefined || !this.#playing.has(client)) return;
    await new Promise<void>((go) => {
      this.#standing.push({ client, gate, go });
      this.#look();
    });
  }

  /** The client cannot go on before another one does (a lock), and stands at no gate meanwhile. */
  waits(client: number | undefined, is: boolean): void {
    if (client === undefined) return;
    if (is) this.#waiting.add(client);
    else this.#waiting.delete(client);
    this.#look();
  }

  /** Runs one program a client, interleaved by the picks; when they are used up, the first client that can goes on. */
  async play(programs: readonly (() => Promise<void>)[], picks: readonly Pick[]): Promise<void> {
    this.#picks = [...picks];
    this.#current = nobody;
    programs.forEach((_, client) => this.#playing.add(client));
    const run = async (program: () => Promise<void>, client: number): Promise<void> => {
      try {
        await this.stand('begin');
        await program();
      } catch (error) {
        this.#openAll();
        throw error;
      } finally {
        this.#playing.delete(client);
        this.#look();
      }
    };
    const running = programs.map((program, client) => this.#who.run(client, () => run(program, client)));
    const ends = Promise.allSettled(running);
    await Promise.race([ends, this.#stuck(ends)]);
    for (const end of await ends) if (end.status === 'rejected') throw end.reason;
  }

  /** Rejects when nobody has moved for too long before the end. */
  async #stuck(ends: Promise<unknown>): Promise<void> {
    const over = ends.then(() => true);
    for (let seen = -1; ; seen = this.#moves) {
      if (seen === this.#moves) break;
      const later = new Promise<false>((resolve) => setTimeout(resolve, stuckAfterMilliseconds, false).unref());
      if (await Promise.race([over, later])) return;
    }
    const [playing, waiting] = [[...this.#playing].join(), [...this.#waiting].join()];
    throw new Error(`nobody moves: clients ${playing} play, of them at a lock: ${waiting || 'none'}`);
  }

  /** Ends the game: whoever stands goes, and gates stop nobody any more. */
  #openAll(): void {
    this.#playing.clear();
    this.#waiting.clear();
    for (const { go } of this.#standing.splice(0)) go();
  }

  #look(): void {
    if (this.#standing.length === 0) return;
    const at = new Set(this.#standing.map(({ client }) => client));
    for (const client of this.#playing) if (!at.has(client) && !this.#waiting.has(client)) return;
    this.#moves++;
    const next = this.#choose([...at].toSorted((a, b) => a - b));
    const going = this.#standing.filter(({ client }) => (next === undefined ? client !== keeper : client === next));
    this.#standing = this.#standing.filter((one) => !going.includes(one));
    for (const { go } of going) go();
  }

  /** One of the clients that stand at gates; undefined for all of them. */
  #choose(candidates: readonly number[]): number | undefined {
    if (this.#goesOn(candidates)) {
      this.#current = { ...this.#current, gates: this.#current.gates - 1 };
      return this.#current.client;
    }
    const pick = this.#picks.shift() ?? first;
    if (pick.together && candidates.some((client) => client !== keeper)) return undefined;
    const client = candidates[pick.client % candidates.length] ?? keeper;
    this.#current = { ...pick, client, gates: pick.gates - 1 };
    return client;
  }

  #goesOn(candidates: readonly number[]): boolean {
    const { client, gates, until } = this.#current;
    if (!candidates.includes(client)) return false;
    if (until === undefined) return gates > 0;
    return this.#standing.every((one) => one.client !== client || one.gate !== until);
  }
}
