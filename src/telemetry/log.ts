import { pino, type Logger } from 'pino';

/** Structured log: one JSON object a line. Secrets, tokens and presigned URLs never go in. */
export type Log = Logger;

export function createLog(options: { level: string; destination?: 1 | 2 }): Log {
  return pino(
    { level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination(options.destination ?? 2),
  );
}
