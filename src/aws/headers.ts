/**
 * The headers of a request as they came: names in lower case, repetitions kept in their order. Node's own `headers` drops
 * or joins repetitions, and a signature is over what was sent.
 */
export type RequestHeaders = ReadonlyMap<string, readonly string[]>;

export function readHeaders(rawHeaders: readonly string[]): RequestHeaders {
  const headers = new Map<string, string[]>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    const value = rawHeaders[index + 1] ?? '';
    const known = headers.get(name);
    if (known === undefined) headers.set(name, [value]);
    else known.push(value);
  }
  return headers;
}

/** The value of a header that was sent once; undefined where it is missing, repeated or empty. */
export function findHeader(headers: RequestHeaders, name: string): string | undefined {
  const values = headers.get(name);
  return values?.length === 1 && values[0] !== '' ? values[0] : undefined;
}
