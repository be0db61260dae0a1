import { expect, test } from 'vitest';
import { parseModel } from '../../../src/aws/model.ts';
import { faultsOf } from './output-faults.ts';
import { readXml, valueOf } from './xml-answers.ts';

const { shapes } = parseModel({
  metadata: { serviceId: 'Test' },
  operations: {},
  shapes: {
    Answer: {
      type: 'structure',
      required: ['name'],
      members: {
        name: { shape: 'Name' },
        kind: { shape: 'Kind' },
        size: { shape: 'Size', locationName: 'Bytes' },
        made: { shape: 'Time' },
        open: { shape: 'Flag' },
        body: { shape: 'Bytes' },
        names: { shape: 'Names' },
        words: { shape: 'Words' },
      },
    },
    Name: { type: 'string', pattern: '[a-z]+', min: 2, max: 4 },
    Kind: { type: 'string', enum: ['A', 'B'] },
    Size: { type: 'long', min: 0 },
    Time: { type: 'timestamp' },
    Flag: { type: 'boolean' },
    Bytes: { type: 'blob', max: 2 },
    Names: { type: 'list', min: 1, member: { shape: 'Name' } },
    Words: { type: 'map', key: { shape: 'Name' }, value: { shape: 'Kind' } },
  },
});
const answer = shapes.get('Answer');
if (!answer) throw new Error('the model was not read');

const whole = {
  name: 'abc',
  kind: 'A',
  Bytes: 0,
  made: 1_700_000_000.25,
  open: false,
  body: 'AAA=',
  names: ['ab'],
  words: { ab: 'B' },
};

test('finds nothing in a value that is what the model says', () => {
  expect(faultsOf(answer, whole, 'it')).toEqual([]);
});

test.each([
  ['a member that is missing', { name: undefined }],
  ['a member that is null', { name: null }],
  ['a member of another case', { Name: 'abc' }],
  ['a member under its own name in place of that on the wire', { size: 1 }],
  ['a text that is too short', { name: 'a' }],
  ['a text that is too long', { name: 'abcde' }],
  ['a text against its pattern', { name: 'ab1' }],
  ['a text outside its enum', { kind: 'C' }],
  ['a number as text', { Bytes: '1' }],
  ['a number below its bound', { Bytes: -1 }],
  ['a fraction', { Bytes: 1.5 }],
  ['a time as text', { made: '2026-01-01T00:00:00Z' }],
  ['a time in milliseconds', { made: 1_700_000_000_000 }],
  ['a flag as a number', { open: 1 }],
  ['bytes that are no base64', { body: 'AAA' }],
  ['too many bytes', { body: 'AAAA' }],
  ['a list that is too short', { names: [] }],
  ['an item of a list', { names: ['ab', 'Xx'] }],
  ['a list that is an object', { names: { 0: 'ab' } }],
  ['a key of a map', { words: { AB: 'A' } }],
  ['a value of a map', { words: { ab: 'C' } }],
])('finds %s', (_what, members) => {
  const given = Object.fromEntries(Object.entries({ ...whole, ...members }).filter(([, field]) => field !== undefined));
  expect(faultsOf(answer, given, 'it')).toHaveLength(1);
});

const xml = (content: string): unknown => valueOf(answer, readXml(`<R xmlns="x">${content}</R>`));
const flat = '<name>abc</name><Bytes>7</Bytes><made>2026-01-01T00:00:00Z</made><open>true</open>';
const nested = '<names><member>ab</member></names><words><entry><key>ab</key><value>A</value></entry></words>';

test('reads XML by the model', () => {
  expect(xml(flat + nested)).toEqual({
    name: 'abc',
    Bytes: 7,
    made: Date.UTC(2026, 0, 1) / 1000,
    open: true,
    names: ['ab'],
    words: { ab: 'A' },
  });
  expect(faultsOf(answer, xml('<name>abc</name><other>1</other>'), 'it')).toEqual(['it.other is not in the model']);
  expect(faultsOf(answer, xml('<name>abc</name><made>2026-01-01T00:00:00.5Z</made>'), 'it')).toHaveLength(1);
  expect(faultsOf(answer, xml('<name>abc</name><names><item>ab</item></names>'), 'it')).toHaveLength(1);
});

test('refuses XML that is not well-formed', () => {
  for (const text of ['<a>', '<a></b>', '<a></a><b></b>', '<a>&nbsp;</a>', '<a b="c"></a>', '<a><</a>', 'text', ''])
    expect(() => readXml(text), text).toThrow(/XML|well-formed|whole/);
  expect(readXml('<a>&lt;b&gt;&amp;&#xD;</a>').text).toBe('<b>&\r');
});
