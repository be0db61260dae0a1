import { RegistryError } from '../../domain/errors.ts';
import { ConstraintError } from '../db.ts';

/**
 * What an error of PostgreSQL or of the way there means (SQLSTATE: postgresql.org/docs/current/errcodes-appendix.html).
 *
 * - `again`: the transaction met another one and left nothing behind; it may run once more.
 * - `constraint`: a unique or foreign key was violated. It may come of a meeting too, where the other was committed first.
 * - `unavailable`: the database did not answer, or not in time. Whether a commit was carried out is not known then.
 */
type Failure = 'again' | 'constraint' | 'full' | 'character' | 'unavailable';

const states: Readonly<Record<string, Failure>> = {
  '40001': 'again', // serialization failure
  '40P01': 'again', // deadlock
  '23503': 'constraint', // foreign key
  '23505': 'constraint', // unique key
  '53100': 'full', // disk
  '22021': 'character', // U+0000, which no text of PostgreSQL holds
  '25006': 'unavailable', // read-only transaction: this server has become a standby
  '25P03': 'unavailable', // idle in transaction for too long
  '3D000': 'unavailable', // the database is not there
  '40003': 'unavailable', // completion unknown
  '55P03': 'unavailable', // lock not available
  '57014': 'unavailable', // statement time-out
  '57P01': 'unavailable', // shut down by its administrator
  '57P02': 'unavailable', // another process of it crashed
  '57P03': 'unavailable', // starts or ends
  '57P05': 'unavailable', // idle session time-out
};

/** Classes, the first two characters: connection failures, refused log-ins, no resources. */
const classes: Readonly<Record<string, Failure>> = { '08': 'unavailable', '28': 'unavailable', '53': 'unavailable' };

const systemCodes = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'EMFILE',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/** The driver's own failures have no code. */
const driverWords =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed|The server does not support SSL)/;

export function failureOf(error: unknown): Failure | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = codeOf(error);
  if (code === undefined) return driverWords.test(error.message) ? 'unavailable' : undefined;
  return states[code] ?? classes[code.slice(0, 2)] ?? (systemCodes.has(code) ? 'unavailable' : undefined);
}

/** SQLSTATE, or the code of the system. A host with several addresses fails with all of them at once. */
export function codeOf(error: unknown): string | undefined {
  const { code, errors } = error as { code?: unknown; errors?: unknown[] };
  if (typeof code === 'string') return code;
  return errors?.length ? codeOf(errors[0]) : undefined;
}

/** True where the connection may be in the middle of something: it serves nobody any more. */
export const spoilsConnection = (error: unknown): boolean =>
  failureOf(error) === 'unavailable' && codeOf(error) !== '57014' && codeOf(error) !== '55P03';

/** Turns an error of the engine into one of ours; anything else comes back as it is. */
export function translate(error: unknown): unknown {
  switch (failureOf(error)) {
    case 'constraint':
      return new ConstraintError(error);
    case 'full':
      return new RegistryError('storageFull', {});
    case 'character':
      return new RegistryError('invalidParameter', { field: 'text', constraint: 'Member must not contain U+0000' });
    case 'again':
    case 'unavailable': {
      const refusal = new RegistryError('databaseUnavailable', {});
      refusal.cause = error;
      return refusal;
    }
    default:
      return error;
  }
}
