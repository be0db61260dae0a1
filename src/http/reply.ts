import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

import type { Exchange } from './exchange.ts';

/** How much of an unread body is taken in after the answer, and for how long, so that the client gets to read the answer. */
const lingerBytes = 4 * 1024 * 1024;
const lingerTime = 2000;

/**
 * A short body goes out as text of the head's own encoding, byte for byte: Node then sends head and body as one piece,
 * which costs the kernel half of what two pieces do.
 */
const joinedBytes = 64 * 1024;

/** Statuses whose answer has neither a body nor a Content-Length (RFC 9110 §8.6). */
const bodiless = new Set([204, 304]);

/** A request without a body is not complete yet in the turn in which its head arrives. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Sends a complete answer. Where the request body was not read to its end the connection closes after it: what follows on
 * it would be the rest of that body. Does nothing when the client has gone or an answer has begun.
 */
export function reply(
  exchange: Exchange,
  status: number,
  headers: OutgoingHttpHeaders,
  body: string | Buffer = '',
): void {
  const { req, res } = exchange;
  if (res.headersSent || res.destroyed) return;
  // Where each character is one byte the text is ready for the wire.
  const isPlain = typeof body === 'string' && body.length <= joinedBytes && Buffer.byteLength(body) === body.length;
  const bytes = typeof body === 'string' && !isPlain ? Buffer.from(body) : body;
  const length = bodiless.has(status) ? {} : { 'content-length': bytes.length };
  const unread = hasBody(req) && !req.complete;
  res.writeHead(status, { ...headers, ...length, ...(unread ? { connection: 'close' } : {}) });
  const content = exchange.method === 'HEAD' || bodiless.has(status) ? '' : bytes;
  if (!unread) {
    if (content.length <= joinedBytes)
      res.end(typeof content === 'string' ? content : content.toString('latin1'), 'latin1');
    else res.end(content);
    return;
  }
  if (content.length > 0) res.write(content);
  else res.flushHeaders();
  linger(req, res);
}

/**
 * Ends an answer that is out already once the client has had the chance to read it. A socket closed with unread bytes in
 * it is reset, and the client then reports a broken connection in place of our answer.
 */
function linger(req: IncomingMessage, res: ServerResponse): void {
  let left = lingerBytes;
  const end = (): void => {
    clearTimeout(timer);
    req.off('data', onData).off('end', end).off('close', end);
    res.end();
  };
  const onData = (chunk: Buffer): void => {
    left -= chunk.length;
    if (left < 0) end();
  };
  const timer = setTimeout(end, lingerTime);
  req.on('error', end).on('data', onData).on('end', end).on('close', end);
  req.resume();
}
