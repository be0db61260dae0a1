/** What is kept of an answer. The body is counted, and kept only where it was asked for. */
export interface Answer {
  readonly status: number;
  readonly head: string;
  readonly bodySize: number;
  readonly body: string;
}

/** Reads HTTP/1.1 answers off a connection with as little work as it takes: the client shares the cores with the server. */
export class AnswerParser {
  readonly #done: (answer: Answer) => void;
  #head = '';
  #inBody = false;
  /** Bytes of the body, or of the chunk, still to come; -1 while a chunk's size line is read. */
  #left = 0;
  #isChunked = false;
  #sizeLine = '';
  #bodySize = 0;
  #body: string[] | undefined;
  #isHead = false;

  constructor(done: (answer: Answer) => void) {
    this.#done = done;
  }

  /** Before each request: whether its answer has no body by its method, and whether the body is wanted. */
  expect(options: { isHead: boolean; keepBody: boolean }): void {
    this.#isHead = options.isHead;
    this.#body = options.keepBody ? [] : undefined;
  }

  read(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) at = this.#inBody ? this.#readBody(bytes, at) : this.#readHead(bytes, at);
  }

  #readHead(bytes: Buffer, start: number): number {
    const before = this.#head.length;
    this.#head += bytes.toString('latin1', start, Math.min(bytes.length, start + 16_384));
    const end = this.#head.indexOf('\r\n\r\n');
    if (end < 0) return Math.min(bytes.length, start + 16_384);
    this.#head = this.#head.slice(0, end);
    this.#bodySize = 0;
    this.#isChunked = /\r\ntransfer-encoding: *chunked/i.test(this.#head);
    this.#left = this.#isChunked ? -1 : Number(/\r\ncontent-length: *(\d+)/i.exec(this.#head)?.[1] ?? 0);
    this.#inBody = !this.#isHead && (this.#isChunked || this.#left > 0);
    if (!this.#inBody) this.#finish();
    return start + end + 4 - before;
  }

  #readBody(bytes: Buffer, start: number): number {
    if (this.#left < 0) return this.#readSizeLine(bytes, start);
    const end = Math.min(bytes.length, start + this.#left);
    this.#body?.push(bytes.toString('latin1', start, end));
    this.#bodySize += end - start;
    this.#left -= end - start;
    if (this.#left === 0) {
      if (this.#isChunked) this.#left = -1;
      else this.#finish();
    }
    return end;
  }

  /** The line end after a chunk and the size of the next; a size of 0 and its line end finish the answer. */
  #readSizeLine(bytes: Buffer, start: number): number {
    for (let at = start; at < bytes.length; at += 1) {
      this.#sizeLine += String.fromCharCode(bytes[at] ?? 0);
      const line = /^(?:\r\n)?([0-9a-f]+)\r\n/i.exec(this.#sizeLine);
      if (!line) continue;
      const size = Number.parseInt(line[1] ?? '', 16);
      if (size === 0 && !this.#sizeLine.endsWith('\r\n\r\n')) continue;
      this.#sizeLine = '';
      if (size === 0) this.#finish();
      else this.#left = size;
      return at + 1;
    }
    return bytes.length;
  }

  #finish(): void {
    const head = this.#head;
    this.#head = '';
    this.#inBody = false;
    const status = Number(head.slice(9, 12));
    this.#done({ status, head, bodySize: this.#bodySize, body: this.#body?.join('') ?? '' });
  }
}
