import { chmod } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { RegistryError } from '../domain/errors.ts';
import type { Log } from '../telemetry/log.ts';
import { CommandError } from './command.ts';
import { prepareSocket, removeSocket } from './socket-place.ts';
import { protocolVersion, readLine, type Answer, type Request } from './socket.ts';

export type Administer = (command: string, input: unknown) => Promise<unknown>;

export interface AdministrationOptions {
  readonly dataFolder: string;
  readonly temporaryFolder: string;
  readonly administer: Administer;
  readonly log: Log;
}

/** Refusals are for the person at the command line; what else goes wrong is not theirs to read. */
export function isRefusal(error: unknown): error is Error {
  return error instanceof RegistryError || error instanceof CommandError;
}

/** Answers administration commands on the socket of the data folder, for its owner only, until it is closed. */
export async function openAdministration(options: AdministrationOptions): Promise<{ close(): Promise<void> }> {
  const idle = new Set<Socket>();
  const server = createServer((socket) => {
    socket.on('error', () => undefined); // The command was interrupted; there is nobody to tell.
    idle.add(socket);
    void converse(socket, options, () => idle.delete(socket)).finally(() => {
      idle.delete(socket);
      socket.end();
    });
  });
  await listen(server, await prepareSocket(options.dataFolder, options.temporaryFolder));
  return {
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of idle) socket.destroy();
      await closed;
      await removeSocket(options.dataFolder);
    },
  };
}

async function listen(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
}

async function converse(socket: Socket, options: AdministrationOptions, onRequest: () => void): Promise<void> {
  const line = await readLine(socket).catch(() => undefined);
  onRequest();
  if (line === undefined) return void socket.destroy();
  socket.write(`${JSON.stringify(await answer(line, options))}\n`);
}

async function answer(line: string, { administer, log }: AdministrationOptions): Promise<Answer> {
  const refuse = (sentence: string): Answer => ({ stowage: protocolVersion, refused: sentence });
  let request: Request;
  try {
    request = JSON.parse(line) as Request;
  } catch {
    return refuse('The request is not JSON.');
  }
  if (request?.stowage !== protocolVersion)
    return refuse('The running server is of another version than this command.');
  try {
    return { stowage: protocolVersion, result: (await administer(request.command, request.input)) ?? null };
  } catch (error) {
    if (isRefusal(error)) return refuse(error.message);
    log.error({ err: error, command: request.command }, 'administration command failed');
    return refuse('The server failed to do that; its log says why.');
  }
}
