import type { Exchange } from './exchange.ts';

/** Bytes a second that a client must send on average while we wait for its body. */
const leastRate = 256;
const checkEvery = 15_000;
/** Checks in a row that may fail before the connection is closed: a minute of patience. */
const patience = 4;

/**
 * Asks a minimum of progress of request bodies in place of a total time limit: pushes may take hours, but who sends
 * nothing holds a connection and an upload for nothing. Time in which we are the slow side does not count.
 */
export class ProgressWatch {
  readonly #open = new Map<Exchange, { bytes: number; strikes: number }>();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => this.#check(), checkEvery).unref();
  }

  add(exchange: Exchange): void {
    if (!exchange.req.complete) this.#open.set(exchange, { bytes: exchange.req.socket.bytesRead, strikes: 0 });
  }

  remove(exchange: Exchange): void {
    this.#open.delete(exchange);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #check(): void {
    for (const [exchange, state] of this.#open) {
      const { req } = exchange;
      if (req.complete || req.destroyed) {
        this.#open.delete(exchange);
        continue;
      }
      const bytes = req.socket.bytesRead;
      const slow = bytes - state.bytes < (leastRate * checkEvery) / 1000 && req.readableLength === 0;
      state.strikes = slow ? state.strikes + 1 : 0;
      state.bytes = bytes;
      if (state.strikes >= patience) req.destroy();
    }
  }
}
