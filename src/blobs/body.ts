import { RegistryError } from '../domain/errors.ts';
import type { BodyOptions } from './port.ts';

/** A body as an upload takes it: a piece at a time, within its limit, until its end or until it breaks off. */
export interface Body {
  /**
   * The next piece; undefined at the end, and where the body broke off. Rejects with a RegistryError that the body
   * throws, and with `layerTooLarge`; nothing more may be asked then.
   */
  next(): Promise<Buffer | undefined>;
  /** Why the body broke off, once `next` has told the end. */
  readonly interruption: Error | undefined;
  /** Tells the source that no more is wanted. */
  stop(): void;
}

/** `offset` counts towards the limit. The iterator's `return` is called when the upload stops asking before the end. */
export function createBody(source: AsyncIterable<Buffer> | undefined, offset: number, options: BodyOptions): Body {
  const { limit = Number.MAX_SAFE_INTEGER, signal } = options;
  const iterator = source?.[Symbol.asyncIterator]();
  let received = offset;
  let ended = iterator === undefined;
  let interruption: Error | undefined;
  // One listener for the whole body: one for each piece costs as much as receiving it.
  let breakOff: (reason: unknown) => void = () => {};
  const abort = (): void => breakOff(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });

  const stop = (): void => {
    signal?.removeEventListener('abort', abort);
    if (ended) return;
    ended = true;
    // Not awaited: a generator that waits for its client would not answer before the client does.
    void Promise.resolve(iterator?.return?.()).catch(() => {});
  };

  /** The iterator's next step, or a rejection as soon as the signal aborts. */
  const advance = (): Promise<IteratorResult<Buffer>> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      breakOff = reject;
      (iterator as AsyncIterator<Buffer>).next().then(resolve, reject);
    });

  const pull = async (): Promise<Buffer | undefined> => {
    for (;;) {
      const step = await advance();
      if (step.done === true) {
        ended = true;
        return undefined;
      }
      received += step.value.length;
      if (received > limit) throw new RegistryError('layerTooLarge', { limit });
      if (step.value.length > 0) return step.value;
    }
  };

  return {
    async next() {
      if (ended) return undefined;
      try {
        return await pull();
      } catch (error) {
        stop();
        if (error instanceof RegistryError) throw error;
        interruption = error instanceof Error ? error : new Error('The body broke off', { cause: error });
        return undefined;
      }
    },
    get interruption() {
      return interruption;
    },
    stop,
  };
}
