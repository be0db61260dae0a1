/** Requests as bytes, made before they are needed. */
import type { Served } from '../subjects.ts';
import type { Wire } from './connection.ts';

export interface Asked {
  readonly method: string;
  /** A path, or an absolute URL of the same server, as Location gives it. */
  readonly target: string;
  readonly headers?: readonly string[];
  readonly body?: readonly Buffer[];
}

export function wireOf(server: Served, { method, target, headers = [], body }: Asked): Wire {
  const path = target.startsWith('http') ? target.slice(target.indexOf('/', 'https://'.length)) : target;
  const lines = [`${method} ${path} HTTP/1.1`, `Host: ${server.host}:${server.port}`, ...server.headers, ...headers];
  if (method !== 'GET' && method !== 'HEAD') {
    const length = (body ?? []).reduce((sum, piece) => sum + piece.length, 0);
    lines.push(`Content-Length: ${length}`);
  }
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return { head, isHead: method === 'HEAD', ...(body === undefined ? {} : { body }) };
}
