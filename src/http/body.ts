import type { IncomingMessage } from 'node:http';

/** The body is longer than the limit of its request. What is left of it was not read: the answer must close the connection. */
export class BodyTooLarge extends Error {
  readonly limit: number;

  constructor(limit: number) {
    super(`the body is longer than ${limit} bytes`);
    this.name = 'BodyTooLarge';
    this.limit = limit;
  }
}

/** All bodies under way together hold more memory than their budget allows. */
export class BudgetExhausted extends Error {
  constructor() {
    super('the budget for bodies under way is used up');
    this.name = 'BudgetExhausted';
  }
}

/** The client went away in the middle of its body: there is nobody left to answer. */
export class ClientGone extends Error {
  constructor() {
    super('the client went away before its request was complete');
    this.name = 'ClientGone';
  }
}

/** Bytes that requests may hold together. Taken as they arrive, so that an announced length alone reserves nothing. */
export class ByteBudget {
  readonly #limit: number;
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  take(bytes: number): boolean {
    if (this.#used + bytes > this.#limit) return false;
    this.#used += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }
}

export interface CollectOptions {
  /** Most bytes of the body. */
  readonly limit: number;
  /** Charged while the body is being collected; what a successful call has taken, its caller gives back. */
  readonly budget?: ByteBudget | undefined;
  /** Sees each piece as it arrives: hashing then costs no extra turn. */
  readonly observe?: ((chunk: Buffer) => void) | undefined;
}

/**
 * Reads a whole request body into memory.
 * Throws {@link BodyTooLarge}, {@link BudgetExhausted} or {@link ClientGone}; then the budget has everything back.
 */
export function collectBody(req: IncomingMessage, options: CollectOptions): Promise<Buffer> {
  const { limit, budget, observe } = options;
  if (Number(req.headers['content-length'] ?? 0) > limit) return Promise.reject(new BodyTooLarge(limit));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (failure?: Error): void => {
      req.off('data', onData).off('end', onEnd).off('close', onClose);
      // NOTE: the listener for errors stays. An aborted request emits one later, and without a listener it is thrown.
      if (failure === undefined) return resolve(Buffer.concat(chunks, size));
      req.pause();
      budget?.give(size);
      reject(failure);
    };
    const onData = (chunk: Buffer): void => {
      if (size + chunk.length > limit) return settle(new BodyTooLarge(limit));
      if (budget !== undefined && !budget.take(chunk.length)) return settle(new BudgetExhausted());
      size += chunk.length;
      chunks.push(chunk);
      observe?.(chunk);
    };
    const onEnd = (): void => settle();
    const onClose = (): void => settle(new ClientGone());
    req.on('error', onClose).on('data', onData).on('end', onEnd).on('close', onClose);
    if (req.destroyed && !req.readableEnded) onClose();
  });
}
