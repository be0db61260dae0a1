/** One kept connection of the lean client: raw bytes out, answers counted in, one request at a time. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AnswerParser, type Answer } from './answer-parser.ts';

export interface Target {
  readonly host: string;
  readonly port: number;
  /** The authority of a server that wants TLS. */
  readonly authority?: Buffer | undefined;
}

/** A request as it goes out: the head, then the pieces of the body. */
export interface Wire {
  readonly head: Buffer;
  readonly body?: readonly Buffer[];
  readonly isHead?: boolean;
  readonly keepBody?: boolean;
}

/** Bytes that a connection takes from the kernel at a time: small for answers of a kilobyte, large for layers. */
export type ReadSize = 65_536 | 1_048_576;

/** No answer takes this long; without an end the bench would hang where a server does. */
const patience = 60_000;

interface Asking {
  readonly done: (answer: Answer) => void;
  readonly failed: (error: Error) => void;
}

export class Connection {
  readonly #target: Target;
  readonly #buffer: Buffer;
  readonly #parser: AnswerParser;
  #socket: Socket;
  #asking: Asking | undefined;
  /** The server has said that it closes: the next request takes a new connection, as every client would. */
  #isOver = false;

  private constructor(target: Target, readSize: ReadSize) {
    this.#target = target;
    this.#buffer = Buffer.allocUnsafe(readSize);
    this.#parser = new AnswerParser((answer) => {
      if (/\r\nconnection: *close/i.test(answer.head)) this.#isOver = true;
      const asking = this.#asking;
      this.#asking = undefined;
      asking?.done(answer);
    });
    this.#socket = this.#connect();
  }

  static async open(target: Target, readSize: ReadSize = 65_536): Promise<Connection> {
    const connection = new Connection(target, readSize);
    await once(connection.#socket, target.authority === undefined ? 'connect' : 'secureConnect');
    return connection;
  }

  #connect(): Socket {
    const { host, port, authority } = this.#target;
    const options = {
      host,
      port,
      // one buffer for all reads: no allocation for what is only counted
      onread: {
        buffer: this.#buffer,
        callback: (length: number): boolean => {
          this.#parser.read(this.#buffer.subarray(0, length));
          return true;
        },
      },
    };
    const socket =
      authority === undefined
        ? connect({ ...options, noDelay: true })
        : connectTls({ ...options, ca: authority, servername: 'localhost' }).setNoDelay();
    const fail = (error: Error): void => {
      if (socket !== this.#socket) return;
      const asking = this.#asking;
      this.#asking = undefined;
      asking?.failed(error);
    };
    socket.setTimeout(patience, () => socket.destroy(new Error('the server has not answered for a minute')));
    socket.on('error', fail);
    socket.on('close', () => {
      if (socket === this.#socket) this.#isOver = true;
      fail(new Error('the server closed the connection before its answer'));
    });
    return socket;
  }

  /** Sends a request; `done` is called with its answer. */
  send(wire: Wire, done: (answer: Answer) => void, failed: (error: Error) => void): void {
    if (this.#isOver) {
      this.#socket.destroy();
      this.#isOver = false;
      this.#socket = this.#connect();
    }
    this.#asking = { done, failed };
    this.#parser.expect({ isHead: wire.isHead ?? false, keepBody: wire.keepBody ?? false });
    if (wire.body === undefined) {
      this.#socket.write(wire.head);
      return;
    }
    this.#socket.cork();
    this.#socket.write(wire.head);
    for (const piece of wire.body) this.#socket.write(piece);
    this.#socket.uncork();
  }

  async ask(wire: Wire): Promise<Answer> {
    return await new Promise((resolve, reject) => {
      this.send(wire, resolve, reject);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}
