/**
 * Who goes on next. Requests stop at gates (gates.ts); only when every client's request stands at one is one let go, by
 * the history's own picks. So the same history runs the same way again, over real HTTP and real files.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Lets a client through so many gates before another is picked; `together` lets all that stand go at once, the keeper
 * excepted: a clock that is turned while a request is being signed makes it too old.
 */
export interface Pick {
  readonly client: number;
  readonly gates: number;
  readonly together: boolean;
}

/** The client that turns the clock and runs the collector. */
export const keeper = 0;

interface Standing {
  readonly client: number;
  readonly gate: string;
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
  #current: { client: number; gates: number } = { client: 0, gates: 0 };
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
  async stand(gate: string): Promise<void> {
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
    this.#current = { client: 0, gates: 0 };
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

  async #stuck(ends: Promise<unknown>): Promise<void> {
    let over = false;
    void ends.then(() => (over = true));
    for (let seen = -1; !over && seen !== this.#moves;) {
      seen = this.#moves;
      await new Promise((resolve) => setTimeout(resolve, stuckAfterMilliseconds).unref());
    }
    if (!over) throw new Error(`nobody moves: playing ${[...this.#playing]}, at a lock ${[...this.#waiting]}`);
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
    if (this.#current.gates > 0 && candidates.includes(this.#current.client)) {
      this.#current.gates--;
      return this.#current.client;
    }
    const pick = this.#picks.shift();
    if (pick?.together && candidates.some((client) => client !== keeper)) return undefined;
    const client = candidates[(pick?.client ?? 0) % candidates.length] ?? 0;
    this.#current = { client, gates: (pick?.gates ?? 1) - 1 };
    return client;
  }
}
