import type { Log } from '../../telemetry/log.ts';
import type { Store } from '../../store/db.ts';
import { putPullTime } from '../../store/images.ts';

/** Within this many milliseconds a recorded pull is on disk: what a crash may lose (documented in docs/operate). */
const flushAfter = 1000;

/**
 * Last recorded pull times. They gather in memory and go to disk in one commit within a second, so that a pull costs no
 * write of its own; lists merge what waits.
 */
export class PullTimes {
  readonly #store: Store;
  readonly #log: Log;
  #waiting = new Map<number, number>();
  #flushing = new Map<number, number>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: { store: Store; log: Log }) {
    this.#store = options.store;
    this.#log = options.log;
  }

  note(image: number, time: number): void {
    this.#waiting.set(image, time);
    this.#timer ??= setTimeout(() => void this.flush(), flushAfter);
  }

  /** The newer of what a row says and what waits. */
  latest(image: number, stored: number | null): number | undefined {
    const waiting = this.#waiting.get(image) ?? this.#flushing.get(image);
    if (waiting === undefined) return stored ?? undefined;
    return Math.max(waiting, stored ?? 0);
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.size === 0) return;
    const batch = this.#waiting;
    this.#waiting = new Map();
    this.#flushing = batch;
    try {
      await this.#store.write(async (tx) => {
        for (const [image, time] of batch) await tx.run(putPullTime, { image, time });
      });
    } catch (error) {
      this.#log.error({ err: error, images: batch.size }, 'pull times could not be written yet');
      this.#putBack(batch);
    } finally {
      if (this.#flushing === batch) this.#flushing = new Map();
    }
  }

  /** What could not be written waits for the next time, unless a newer pull waits already. */
  #putBack(batch: ReadonlyMap<number, number>): void {
    for (const [image, time] of batch) if (!this.#waiting.has(image)) this.#waiting.set(image, time);
    if (!this.#closed) this.#timer ??= setTimeout(() => void this.flush(), flushAfter);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
  }
}
