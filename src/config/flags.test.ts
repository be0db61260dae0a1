import { describe, expect, it } from 'vitest';
import { parseCommandLine } from './flags.ts';

const known = [
  { flag: 'data', switch: false },
  { flag: 'domain', switch: false },
  { flag: 'json', switch: true },
];
const parse = (...args: string[]) => {
  const { flags, words, mistakes } = parseCommandLine(args, known);
  return { flags: Object.fromEntries(flags), words, mistakes };
};

describe('parseCommandLine', () => {
  it('takes values after a space and after an equals sign, and switches without any', () => {
    expect(parse('--data', 'a b', 'word', '--json', '--domain=x=y', '--domain', '-z')).toEqual({
      flags: { data: ['a b'], json: ['true'], domain: ['x=y', '-z'] },
      words: ['word'],
      mistakes: [],
    });
  });

  it('takes everything after -- for words', () => {
    expect(parse('--json', '--', '--data', 'x').words).toEqual(['--data', 'x']);
  });

  it('lets a switch be turned off, and keeps the word after it', () => {
    expect(parse('--json=false', 'word')).toMatchObject({ flags: { json: ['false'] }, words: ['word'] });
  });

  it.each([
    [['--dta', 'x'], 'There is no flag --dta; did you mean --data?', []],
    [['--jsn', 'x'], 'There is no flag --jsn; did you mean --json?', ['x']],
    [['--verbosity=3'], 'There is no flag --verbosity.', []],
    [['-d', 'x'], 'There is no flag -d.', ['x']],
    [['--data'], '--data needs a value.', []],
    [['--data', '--json'], '--data needs a value.', []],
    [['--data='], '--data needs a value.', []],
  ])('says what is wrong with %j', (args, sentence, words) => {
    expect(parse(...args)).toMatchObject({ mistakes: [sentence], words });
  });
});
