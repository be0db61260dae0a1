/** The other side went away before its answer, or within it. */
export class BrokenConnection extends Error {}

const codes = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'UND_ERR_SOCKET', 'ECONNABORTED']);

/** What fetch, or Node's client below the SDK, throws when the other side is gone. */
export function isBrokenConnection(error: unknown): boolean {
  if (error instanceof BrokenConnection) return true;
  if (!(error instanceof Error)) return false;
  if (error instanceof TypeError && /^(fetch failed|terminated)$/.test(error.message)) return true;
  const { code } = error as NodeJS.ErrnoException;
  return (code !== undefined && codes.has(code)) || error.message === 'aborted';
}
