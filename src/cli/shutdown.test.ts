import { describe, expect, it } from 'vitest';
import { awaitSignal } from './shutdown.ts';
import type { Signal } from './terminal.ts';

describe('awaitSignal', () => {
  const signals = [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const;

  it.each(signals)(
    'resolves with %s, and ends the process at once when it comes again after a second',
    async (signal, code) => {
      let time = 0;
      let send: (signal: Signal) => void = () => undefined;
      const exits: number[] = [];
      const first = awaitSignal(
        { onSignal: (listener) => (send = listener), exit: (exitCode) => exits.push(exitCode) },
        () => time,
      );
      send(signal);
      expect(await first).toBe(signal);
      time = 1000;
      send(signal);
      send('SIGTERM');
      expect(exits).toEqual([]);
      time = 1001;
      send(signal);
      expect(exits).toEqual([code]);
    },
  );
});
