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

/**
 * So much of each body is not charged: no more than the head of a request may have. What nearly all requests send is
 * taken in even while somebody holds the whole budget with large bodies that come slowly.
 */
export const unchargedBytes = 16 * 1024;

/** Milliseconds for which what held when a request began may be taken to hold when its body is there. */
const soon = 1000;

/**
 * Whether a request has taken so long that who sent it may have lost their key or rights since. A body may come as slowly
 * as its sender likes, within the limits of progress.ts.
 */
export const tookLong = ({ receivedAt }: { readonly receivedAt: number }, now: number): boolean =>
  now - receivedAt > soon;

const charge = (bytes: number): number => Math.max(0, bytes - unchargedBytes);

export interface CollectOptions {
  /** Most bytes of the body. */
  readonly limit: number;
  /** Charged as the body comes, for what is above {@link unchargedBytes}. */
  readonly budget: ByteBudget;
  /** Sees each piece as it arrives: hashing then costs no extra turn. */
  readonly observe?: ((chunk: Buffer) => void) | undefined;
}

export interface CollectedBody {
  readonly body: Buffer;
  /** Gives the budget back what was taken from it; called once, when the body is not held any more. */
  readonly release: () => void;
}

/**
 * Reads a whole request body into memory.
 * Throws {@link BodyTooLarge}, {@link BudgetExhausted} or {@link ClientGone}; then the budget has everything back.
 */
export function collectBody(req: IncomingMessage, options: CollectOptions): Promise<CollectedBody> {
  const { limit, budget, observe } = options;
  if (Number(req.headers['content-length'] ?? 0) > limit) return Promise.reject(new BodyTooLarge(limit));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let isSettled = false;
    const settle = (failure?: Error): void => {
      if (isSettled) return;
      isSettled = true;
      const release = (): void => budget.give(charge(size));
      if (failure === undefined) {
        const body = Buffer.concat(chunks, size);
        // The listeners go with the request, and must not hold its body until then.
        chunks.length = 0;
        return resolve({ body, release });
      }
      // NOTE: the listener for errors stays. An aborted request emits one later, and without a listener it is thrown.
      req.off('data', onData).off('end', onEnd).off('close', onClose);
      req.pause();
      release();
      reject(failure);
    };
    const onData = (chunk: Buffer): void => {
      if (size + chunk.length > limit) return settle(new BodyTooLarge(limit));
      if (!budget.take(charge(size + chunk.length) - charge(size))) return settle(new BudgetExhausted());
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
