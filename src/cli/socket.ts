import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { CommandError } from './command.ts';
import { findSocket } from './socket-place.ts';

/**
 * Administration over the socket: one request and one answer a connection, each one line of JSON. Both carry the version,
 * so that a command and a server of different releases say so instead of misunderstanding each other.
 */
export const protocolVersion = 1;

export interface Request {
  readonly stowage: number;
  readonly command: string;
  readonly input: unknown;
}

export type Answer = { readonly stowage: number } & ({ readonly result: unknown } | { readonly refused: string });

/** Characters of a line: a longer wish is nobody's, and the longest answer is a list. */
export const longestLine = 65_536;
const longestAnswer = 16 * 1024 * 1024;

/** Reads up to the first line end; undefined where the other side went away before, or sent too much. */
export async function readLine(socket: Socket, longest = longestLine): Promise<string | undefined> {
  let text = '';
  socket.setEncoding('utf8');
  for await (const part of socket.iterator({ destroyOnReturn: false })) {
    text += part as string;
    const end = text.indexOf('\n');
    if (end >= 0) return text.slice(0, end);
    if (text.length > longest) return undefined;
  }
  return undefined;
}

/** Connects to the running server, or gives undefined where none runs: a socket that was left behind refuses. */
export async function connectToServer(dataFolder: string): Promise<Socket | undefined> {
  const path = await findSocket(dataFolder);
  if (path === undefined) return undefined;
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return socket;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ECONNREFUSED' || code === 'ENOENT') return undefined;
    throw new CommandError(`The server's socket ${path} cannot be used (${code}).`);
  }
}

/** Lets the server run a command; its refusals are thrown as {@link CommandError}. */
export async function askServer(socket: Socket, command: string, input: unknown): Promise<unknown> {
  try {
    const request: Request = { stowage: protocolVersion, command, input };
    socket.write(`${JSON.stringify(request)}\n`);
    const line = await readLine(socket, longestAnswer).catch(() => undefined);
    if (line === undefined) throw new CommandError('The server ended before it answered.');
    const answer = JSON.parse(line) as Answer;
    if ('refused' in answer) throw new CommandError(answer.refused);
    return answer.result;
  } finally {
    socket.destroy();
  }
}
