/** Whatever text comes, a parser of this room gives a value or its own refusal, and takes no more time than it is long. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endlessTexts, hostileBytes, hostileText, strangeError } from '../lib/test-texts.ts';
import { matchesWildcard } from '../lib/wildcard.ts';
import { parseRepositoryArn, repositoryArn } from './arn.ts';
import { digestAlgorithm, digestOf, isDigest, isLooseDigest } from './digest.ts';
import { endpointOf, registryName } from './endpoint.ts';
import { RegistryError } from './errors.ts';
import { accountOfIamId } from './iam/ids.ts';
import { newLoginToken, readLoginToken } from './iam/login-token.ts';
import { annotationsIn, encodeManifest, parseManifest } from './image/manifest.ts';
import { isAccountId, isRegion, isRepositoryName, isTag } from './names.ts';
import { createPageTokens } from './page-token.ts';
import { mayMove } from './tags/mutability.ts';
import { checkResourceTags } from './tags/resource-tags.ts';

const mac = (text: string): Buffer => createHash('sha256').update(text).digest();
const tokens = createPageTokens(mac);
const manifestWords = ['"layers":', '"config":', '"mediaType":', '"size":', '{', '}', '[', ']', '"', ':', ',', '1'];

interface Parser {
  readonly name: string;
  readonly words: readonly string[];
  readonly run: (text: string) => unknown;
}

const parsers: Parser[] = [
  {
    name: 'parseRepositoryArn',
    words: ['arn', ':', 'aws', 'ecr', 'repository/', '123456789012', 'eu-central-1'],
    run: parseRepositoryArn,
  },
  { name: 'isRepositoryName', words: ['a', '-', '_', '/', '.'], run: isRepositoryName },
  { name: 'isTag', words: ['a', '.', '-'], run: isTag },
  { name: 'isAccountId', words: ['123456789012'], run: isAccountId },
  { name: 'isRegion', words: ['eu', '-', 'central', '1'], run: isRegion },
  { name: 'isDigest', words: ['sha256:', 'a'.repeat(64)], run: isDigest },
  { name: 'isLooseDigest', words: ['sha256:', 'a'.repeat(64)], run: isLooseDigest },
  {
    name: 'endpointOf',
    words: ['api', 'ecr', 'dkr', '.', 'amazonaws.com', 'localhost', ':', '[', ']'],
    run: (text) => endpointOf(text, ['a.example']),
  },
  { name: 'accountOfIamId', words: ['AKIA', 'ABCDEFGHIJKLMNOP', '7'], run: accountOfIamId },
  { name: 'readLoginToken', words: ['LT1', '.', 'here'], run: (text) => readLoginToken(text, 'here', mac) },
  { name: 'read of page tokens', words: ['.', 'YQ'], run: (text) => tokens.read('scope', text) },
  { name: 'encodeManifest', words: manifestWords, run: encodeManifest },
  { name: 'parseManifest', words: manifestWords, run: (text) => parseManifest(Buffer.from(text)) },
  {
    name: 'parseManifest, of a type',
    words: manifestWords,
    run: (text) => parseManifest(Buffer.from('{"schemaVersion":2}'), text),
  },
  { name: 'annotationsIn', words: manifestWords, run: (text) => annotationsIn(Buffer.from(text)) },
  { name: 'checkResourceTags', words: ['aws:'], run: (text) => checkResourceTags([{ Key: text, Value: text }]) },
  {
    name: 'mayMove',
    words: ['*', 'a'],
    run: (text) => mayMove({ mode: 'MUTABLE_WITH_EXCLUSION', filters: [text] }, text),
  },
];

describe.each(parsers)('$name', ({ words, run }) => {
  test('throws nothing but a refusal', () => {
    fc.assert(
      fc.property(hostileText(...words), (text) => {
        expect(strangeError(() => run(text), RegistryError)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  test('comes to its end with 100 kB of anything', () => {
    for (const text of endlessTexts(...words))
      expect(
        strangeError(() => run(text), RegistryError),
        text.slice(0, 20),
      ).toBeUndefined();
  });
});

describe('bytes', () => {
  test('are a manifest or a refusal', () => {
    fc.assert(
      fc.property(hostileBytes(...manifestWords), hostileText(), (bytes, type) => {
        expect(strangeError(() => parseManifest(bytes, type), RegistryError)).toBeUndefined();
        expect(strangeError(() => annotationsIn(bytes), RegistryError)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });
});

describe('what is written is read again', () => {
  const label = fc.stringMatching(/^[a-z0-9]{2,12}$/);
  const account = fc.stringMatching(/^[0-9]{12}$/);
  const region = fc.constantFrom('eu-central-1', 'cn-north-1', 'us-gov-east-1', 'xx-nowhere-99');

  test('ARNs', () => {
    fc.assert(
      fc.property(account, region, fc.array(label, { minLength: 1, maxLength: 4 }), (owner, where, parts) => {
        const repository = { account: owner, region: where, name: parts.join('/') };
        expect(parseRepositoryArn(repositoryArn(repository))).toEqual(repository);
      }),
    );
  });

  test('host names of registries', () => {
    const advertise = { kind: 'domain', domain: 'a.example' } as const;
    fc.assert(
      fc.property(account, region, (owner, where) => {
        const asked = { host: 'localhost:1', secure: false, endpoint: { kind: 'bare' } as const };
        const { uri } = registryName({ account: owner, region: where }, asked, advertise);
        const named = { kind: 'registry', account: owner, region: where, domain: 'a.example' };
        expect(endpointOf(uri, ['a.example'])).toEqual(named);
        expect(endpointOf(`${uri}:4566`, ['a.example'])).toEqual(named);
      }),
    );
  });

  test('login tokens, of which no byte may differ', () => {
    fc.assert(
      fc.property(fc.nat(), fc.string({ minLength: 1, maxLength: 1 }), (at, other) => {
        const { text, id } = newLoginToken('here', mac);
        expect(readLoginToken(text, 'here', mac)).toEqual({ installation: 'here', id });
        const position = at % text.length;
        const altered = text.slice(0, position) + other + text.slice(position + 1);
        if (altered !== text) expect(typeof readLoginToken(altered, 'here', mac)).toBe('string');
      }),
    );
  });

  test('page tokens, each in its own list only', () => {
    fc.assert(
      fc.property(
        hostileText().filter((text) => text.isWellFormed() && text.length < 1_000),
        (position) => {
          const token = tokens.write('one', position);
          expect(tokens.read('one', token)).toBe(position);
          expect(() => tokens.read('other', token)).toThrow(RegistryError);
        },
      ),
    );
  });

  test('digests', () => {
    fc.assert(
      fc.property(hostileBytes(), fc.constantFrom('sha256' as const, 'sha512' as const), (bytes, algorithm) => {
        expect(digestAlgorithm(digestOf(bytes, algorithm))).toBe(algorithm);
      }),
    );
  });
});

test('a wildcard of nothing but stars takes any text in time', () => {
  const stars = `${'*a'.repeat(2_000)}b`;
  expect(matchesWildcard(stars, 'a'.repeat(20_000))).toBe(false);
  expect(matchesWildcard('*'.repeat(100_000), 'x'.repeat(100_000))).toBe(true);
});
