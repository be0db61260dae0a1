import { constants } from 'node:os';
import type { Signal, Terminal } from './terminal.ts';

/** Within this time a repeated signal is the same wish: Ctrl-C reaches the server from the terminal and from npm. */
const sameWish = 1000;

/**
 * Resolves with the first signal. A later one, more than a second after it, is impatience and ends the process at once.
 * `now` gives milliseconds of a clock that never goes back.
 */
export function awaitSignal(terminal: Pick<Terminal, 'onSignal' | 'exit'>, now: () => number): Promise<Signal> {
  return new Promise((resolve) => {
    let first: number | undefined;
    terminal.onSignal((signal) => {
      if (first === undefined) {
        first = now();
        resolve(signal);
      } else if (now() - first > sameWish) {
        terminal.exit(128 + constants.signals[signal]);
      }
    });
  });
}
