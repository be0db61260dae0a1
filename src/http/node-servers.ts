import type * as Http from 'node:http';
import type * as Https from 'node:https';
import { createRequire } from 'node:module';

/*
 * Node's servers, loaded when they are asked for and by `require`: an `import` of node:http reads every one of its
 * exports, WebSocket among them, and so loads a whole HTTP client, which costs a third of our start.
 */

export function createServer(options: Http.ServerOptions): Http.Server {
  return (load('node:http') as typeof Http).createServer(options);
}

export function createTlsServer(options: Https.ServerOptions): Https.Server {
  return (load('node:https') as typeof Https).createServer(options);
}

const load = (name: string): unknown => createRequire(import.meta.url)(name);
