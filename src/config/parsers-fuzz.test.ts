/** Whatever a configuration says, it is a configuration or a list of mistakes, each in words. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { endlessTexts, hostileText, strangeError } from '../lib/test-texts.ts';
import { endpointFields, servicesField } from './endpoint-fields.ts';
import { parseCommandLine } from './flags.ts';
import { ValueError } from './kinds.ts';
import { ConfigError, loadConfig } from './load.ts';
import { settings } from './schema.ts';
import { entries, settingFlags } from './sources.ts';

const folder = mkdtempSync(join(tmpdir(), 'stow-fuzz-'));
const file = join(folder, 'stowage.yaml');

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const valueWords = [
  '127.0.0.1',
  ':',
  '4566',
  '[::1]',
  'domain:',
  'file:',
  'postgres://',
  'u:p@h/d',
  '?sslmode=',
  '10.0.0.0/8',
  ',',
];
const flagWords = entries.map(([, { flag }]) => `--${flag}`);

/** A password in a value must not come back in the words about it. */
const secret = 'hunter2';

describe.each(entries.map(([name, { kind }]) => ({ name, kind })))('the setting $name', ({ kind }) => {
  test('is a value or a mistake in words', () => {
    fc.assert(
      fc.property(hostileText(...valueWords), (text) => {
        expect(strangeError(() => kind.parse(text, '/base'), ValueError)).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  test('comes to its end with 100 kB of anything', () => {
    for (const text of endlessTexts(...valueWords))
      expect(
        strangeError(() => kind.parse(text, '/base'), ValueError),
        text.slice(0, 20),
      ).toBeUndefined();
  });
});

test('a URL of a database is never repeated in the words about it', () => {
  fc.assert(
    fc.property(hostileText('@', '/', '?', 'host=', '%'), hostileText('@', '/'), (before, after) => {
      try {
        settings.database.kind.parse(`postgres://${before}${secret}${after}`, '/base');
      } catch (error) {
        expect((error as Error).message).not.toContain(secret);
      }
    }),
    { numRuns: 200 },
  );
});

test('parseCommandLine takes any words apart', () => {
  const word = fc.oneof(fc.constantFrom(...flagWords, '--', '-', '='), hostileText(...flagWords, '='));
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), (words) => {
      const line = parseCommandLine(words, settingFlags);
      for (const mistake of line.mistakes) expect(mistake).toMatch(/[.?]$/);
    }),
    { numRuns: 500 },
  );
  for (const text of endlessTexts('--', '--data'))
    parseCommandLine([text, `--${text}`, `--data=${text}`], settingFlags);
});

test('parseCommandLine gives back the values of flags', () => {
  const given = fc.array(
    fc.tuple(
      fc.constantFrom(...entries.map(([, { flag }]) => flag)),
      hostileText().filter((text) => text !== ''),
    ),
  );
  fc.assert(
    fc.property(given, (pairs) => {
      const { flags, mistakes, words } = parseCommandLine(
        pairs.map(([flag, value]) => `--${flag}=${value}`),
        settingFlags,
      );
      expect([mistakes, words]).toEqual([[], []]);
      for (const [flag, values] of Map.groupBy(pairs, ([name]) => name))
        expect(flags.get(flag)).toEqual(values.map(([, value]) => value));
    }),
  );
});

test('loadConfig makes a configuration of any file and any environment, or tells its mistakes', () => {
  const names = entries.map(([, { key, variable }]) => ({ key, variable }));
  const yaml = hostileText(
    ...names.flatMap(({ key }) => (key === undefined ? [] : [`\n${key}: `])),
    ': ',
    '\n',
    '- ',
    '|',
    '&a ',
    '*a',
    '!!map ',
    '---',
    '{',
    '}',
  );
  const env = fc.dictionary(
    fc.constantFrom(...names.map(({ variable }) => variable), 'STOWAGE_DATE', 'STOWAGE_'),
    hostileText(...valueWords).filter((text) => !text.includes('\0')),
  );
  fc.assert(
    fc.property(yaml, env, (text, variables) => {
      writeFileSync(file, text);
      const flags = new Map([['config', [file]]]);
      const load = (): unknown => loadConfig({ flags, env: variables, cwd: folder, listens: true });
      expect(strangeError(load, ConfigError)).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});

test('loadConfig makes endpoints of any values under their keys, or tells their mistakes', () => {
  const text = fc.oneof(
    hostileText(...valueWords, 'vpce-a', 'vpc-1', 'ecr.api', 'sts', '{"Statement":', '[]'),
    fc.constantFrom('vpce-a', 'vpc-1', '123456789012', '10.0.0.0/8', '127.0.0.1:0', 'a.example', 'ecr.dkr'),
  );
  const keys = [...Object.values(endpointFields), servicesField].map(({ key }) => key);
  const policies = fc.dictionary(fc.constantFrom('ecr.api', 'sts', 'Statement', 'Effect'), fc.oneof(text, fc.object()));
  const value = fc.oneof({ weight: 4, arbitrary: text }, fc.array(text, { maxLength: 3 }), policies);
  const endpoints = fc.array(fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: keys.length }), {
    maxLength: 3,
  });
  fc.assert(
    fc.property(endpoints, (list) => {
      writeFileSync(file, JSON.stringify({ 'trusted-proxies': '10.0.0.0/8', endpoints: list }));
      const flags = new Map([['config', [file]]]);
      const load = (): unknown => loadConfig({ flags, env: {}, cwd: folder, listens: true });
      expect(strangeError(load, ConfigError)).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});
