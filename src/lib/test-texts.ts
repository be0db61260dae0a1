/** For tests: texts and bytes that parsers do not expect. */
import fc from 'fast-check';

/** What separates, escapes, ends or confuses in one format or another. */
const oddities = [
  ...['', ' ', '\t', '\r\n', '\n ', '\0', '\x1b', '\x7f', '\u0085', '\u2028', '\ufeff', '\ufffd', '\uffff'],
  ...['\ud800', '\udc00', '😀', 'é', 'ſ', 'K', '%', '%2e', '%2F', '%00', '%c0%ae', '%zz', '%25', '+'],
  ...['.', '..', '../', '/', '//', '\\', ':', '::', ';', ',', '=', '&', '?', '#', '@', '*', '"', "'", '`', '$', '^'],
  ...['[', ']', '{', '}', '(', ')', '<', '>', '-', '--', '_', '__', '0', '-1', '00', '1e9', '9007199254740993', 'NaN'],
  ...['a', 'A', 'sha256', 'null', 'true', '__proto__', 'constructor', 'toString', 'bytes', 'AWS4-HMAC-SHA256'],
];

/** A text of odd pieces; `words` are those that the parser looks for. */
export function hostileText(...words: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.oneof(
    { arbitrary: fc.constantFrom(...oddities), weight: 4 },
    { arbitrary: fc.constantFrom('a', ...words), weight: words.length > 0 ? 4 : 0 },
    { arbitrary: fc.string({ unit: 'binary', maxLength: 8 }), weight: 1 },
  );
  return fc.oneof(
    fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join('')),
    fc.string({ unit: 'binary' }),
    fc.string(),
  );
}

/** The same as bytes, which need not be text at all. */
export function hostileBytes(...words: readonly string[]): fc.Arbitrary<Buffer> {
  return fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    hostileText(...words).map((text) => Buffer.from(text)),
    hostileText(...words).map((text) => Buffer.from(text, 'latin1')),
  );
}

/**
 * Texts of 100 kB that take time without end where a parser goes back, counts anew or recurses: with a quadratic one a
 * test does not come to its end in time.
 */
export function endlessTexts(...words: readonly string[]): string[] {
  const seeds = [
    ...oddities.filter((one) => one !== ''),
    'a-',
    'a*',
    '(a',
    'a,',
    'a=a&',
    'a.a.',
    '[{',
    '"\\',
    ...words,
  ];
  return seeds.flatMap((seed) => {
    const run = seed.repeat(Math.ceil(100_000 / seed.length));
    return [run, `${run}!`, `!${run}`];
  });
}

/** The errors that `run` throws and that are not of one of these kinds: there must be none. */
export function strangeError(run: () => unknown, ...kinds: readonly (new (...given: never[]) => Error)[]): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return kinds.some((kind) => error instanceof kind) ? undefined : (error ?? 'nothing was thrown, literally');
  }
}
