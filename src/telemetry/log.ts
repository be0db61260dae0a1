import { createRequire } from 'node:module';
import type * as Pino from 'pino';

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
type Level = (typeof levels)[number];

/** Structured log: one JSON object a line. Secrets, tokens and presigned URLs never go in. */
export type Log = Pick<Pino.Logger, Level | 'isLevelEnabled'>;

/** A log to standard error. What writes it is loaded with the first line: a start that goes well has none to write. */
export function createLog(options: { level: string; destination?: 1 | 2 }): Log {
  const { level, destination = 2 } = options;
  const least = levels.indexOf(level as Level);
  const isLevelEnabled = (name: string): boolean => least >= 0 && levels.indexOf(name as Level) >= least;
  let logger: Pino.Logger | undefined;
  const open = (): Pino.Logger => {
    const { pino } = createRequire(import.meta.url)('pino') as typeof Pino;
    return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(destination));
  };
  const write =
    (name: Level): Pino.LogFn =>
    (...words: Parameters<Pino.LogFn>): void => {
      if (isLevelEnabled(name)) (logger ??= open())[name](...words);
    };
  return {
    isLevelEnabled,
    trace: write('trace'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    fatal: write('fatal'),
  };
}
