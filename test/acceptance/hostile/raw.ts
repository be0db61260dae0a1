/** Requests as bytes: what no HTTP client can be made to send. */
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface RawExchange {
  /** Answers in their order; none where the connection was closed without a word. */
  readonly answers: readonly RawAnswer[];
  /** Everything that came back. */
  readonly text: string;
}

export interface RawOptions {
  /** Half-closes the connection after the bytes. */
  readonly end?: boolean | undefined;
  /** Breaks the connection off after so many milliseconds, for servers that rightly wait for more. */
  readonly breakOffAfter?: number | undefined;
}

/** Sends bytes and collects what comes back until the server closes. */
export async function sendRaw(
  port: number,
  bytes: string | Buffer | readonly (string | Buffer)[],
  options: RawOptions = {},
): Promise<RawExchange> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => {
    // a reset is an answer, too
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const pieces = Array.isArray(bytes) ? (bytes as readonly (string | Buffer)[]) : [bytes as string | Buffer];
  for (const piece of pieces) await write(socket, piece);
  if (options.end === true) socket.end();
  if (options.breakOffAfter !== undefined) setTimeout(() => socket.destroy(), options.breakOffAfter);
  await closed;
  const text = Buffer.concat(chunks).toString('latin1');
  return { text, answers: answersIn(text) };
}

/** Waits for room, so that a long request costs the test no more than the server takes of it. */
async function write(socket: Socket, piece: string | Buffer): Promise<void> {
  if (socket.destroyed) return;
  const bytes = typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece;
  if (socket.write(bytes)) return;
  await new Promise<void>((resolve) => {
    socket.once('drain', resolve);
    socket.once('close', () => resolve());
  });
}

/** Takes answers apart by their Content-Length; the last one may end with the connection. */
function answersIn(text: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = text;
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n');
    const status = /^HTTP\/1\.1 (\d{3}) /.exec(rest)?.[1];
    if (status === undefined || end < 0) throw new Error(`not an answer: ${rest.slice(0, 300)}`);
    const lines = rest.slice(0, end).split('\r\n').slice(1);
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const isInterim = status.startsWith('1');
    const length = isInterim ? 0 : Number(headers['content-length'] ?? rest.length - end - 4);
    answers.push({ status: Number(status), headers, body: rest.slice(end + 4, end + 4 + length) });
    rest = rest.slice(end + 4 + length);
  }
  return answers;
}

/** A head with its lines ended as HTTP wants it. */
export const head = (lines: readonly string[]): string => `${lines.join('\r\n')}\r\n\r\n`;
