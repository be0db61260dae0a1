/**
 * A policy as the tree of its text. The values that JSON.parse makes of it have lost how numbers were written, the order
 * of some members, and where a thing stands.
 */
export type JsonNode =
  | { readonly kind: 'object'; readonly members: readonly JsonMember[] }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | JsonPlain;

export interface JsonMember {
  readonly name: string;
  readonly value: JsonNode;
}

/** A text, number, true, false or null: its source, and where that begins in the whole. */
export interface JsonPlain {
  readonly kind: 'plain';
  readonly source: string;
  readonly start: number;
}

/** @param text one that `readPolicyDocument` has read: it is JSON, and not deep. */
export function readJsonTree(text: string): JsonNode {
  return new TreeReader(text).read();
}

class TreeReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): JsonNode {
    const next = this.#peek();
    if (next === '{') return { kind: 'object', members: this.#list('}', () => this.#member()) };
    if (next === '[') return { kind: 'array', items: this.#list(']', () => this.read()) };
    const start = this.#at;
    const source = next === '"' ? this.#quoted() : this.#literal();
    return { kind: 'plain', source, start };
  }

  #member(): JsonMember {
    this.#peek();
    const name = String(JSON.parse(this.#quoted()));
    this.#peek();
    this.#at += 1;
    return { name, value: this.read() };
  }

  #list<T>(close: string, item: () => T): T[] {
    const list: T[] = [];
    this.#at += 1;
    while (this.#peek() !== close) {
      list.push(item());
      if (this.#peek() === ',') this.#at += 1;
    }
    this.#at += 1;
    return list;
  }

  /** The next character that is no white space. */
  #peek(): string | undefined {
    while (' \t\r\n'.includes(this.#text[this.#at] ?? '.')) this.#at += 1;
    return this.#text[this.#at];
  }

  #quoted(): string {
    const start = this.#at;
    this.#at += 1;
    while (this.#text[this.#at] !== '"') this.#at += this.#text[this.#at] === '\\' ? 2 : 1;
    this.#at += 1;
    return this.#text.slice(start, this.#at);
  }

  #literal(): string {
    const start = this.#at;
    while (/[-+.0-9A-Za-z]/.test(this.#text[this.#at] ?? '')) this.#at += 1;
    return this.#text.slice(start, this.#at);
  }
}
