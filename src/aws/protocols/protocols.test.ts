import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ProtocolError } from '../errors.ts';
import { readHeaders } from '../headers.ts';
import { readModel, type Shape, type StructureShape } from '../model.ts';
import { jsonProtocol } from './json.ts';
import type { RequestHead } from './protocol.ts';
import { queryProtocol } from './query.ts';
import { escapeXml } from './xml.ts';

const models = { ecr: readModel('ecr'), sts: readModel('sts') };
const head = (changes: Partial<RequestHead> = {}): RequestHead => ({
  method: 'POST',
  path: '/',
  query: '',
  headers: readHeaders([]),
  ...changes,
});
const inputOf = (service: 'ecr' | 'sts', operation: string): StructureShape =>
  models[service].operations.get(operation)?.input ?? expect.unreachable();

const readJson = (operation: string, body: string | Buffer): unknown =>
  jsonProtocol.read(head(), Buffer.from(body as string)).input(inputOf('ecr', operation));
const readQuery = (operation: string, body: string): unknown =>
  queryProtocol.read(head(), Buffer.from(body)).input(inputOf('sts', operation));

const refusal = (run: () => unknown): [kind: string, message: string] => {
  try {
    run();
  } catch (error) {
    if (error instanceof ProtocolError) return [error.kind, error.message];
    throw error;
  }
  return ['accepted', ''];
};

describe('AWS JSON', () => {
  test.each([
    ['', {}],
    ['{}', {}],
    ['{"repositoryName":"a","unknown":{"x":[1]},"registryId":null}', { repositoryName: 'a' }],
    ['{"repositoryName":"a","repositoryName":"b"}', { repositoryName: 'b' }],
    ['{"__proto__":{"repositoryName":"x"},"constructor":1}', {}],
    ['{"tags":[{"Key":"k","Value":"v"},null]}', { tags: [{ Key: 'k', Value: 'v' }, undefined] }],
    ['{"repositoryName":"\\u00e4\\\\\\"[[[{"}', { repositoryName: 'ä\\"[[[{' }],
  ])('reads %s', (body, expected) => expect(readJson('CreateRepository', body)).toEqual(expected));

  test.each([
    ['CreateRepository', '{', 'The request body is not valid JSON'],
    ['CreateRepository', '{"a":"', 'The request body is not valid JSON'],
    ['CreateRepository', 'null', 'Expected structure or null'],
    ['CreateRepository', '[]', 'Start of list found where not expected'],
    ['CreateRepository', '"x"', 'Expected structure or null'],
    ['CreateRepository', '{"repositoryName":1}', 'NUMBER_VALUE can not be converted to a String'],
    ['CreateRepository', '{"repositoryName":true}', 'TRUE_VALUE can not be converted to a String'],
    ['CreateRepository', '{"repositoryName":{}}', 'Start of structure or map found where not expected.'],
    ['CreateRepository', '{"repositoryName":[]}', 'Start of list found where not expected'],
    ['CreateRepository', '{"tags":"x"}', 'Expected list or null'],
    ['CreateRepository', '{"imageScanningConfiguration":"x"}', 'Expected structure or null'],
    ['DeleteRepository', '{"force":"true"}', 'STRING_VALUE can not be converted to a Boolean'],
    ['ListImages', '{"maxResults":"1"}', 'STRING_VALUE can not be converted to an Integer'],
    ['ListImages', '{"maxResults":1.5}', 'NUMBER_VALUE can not be converted to an Integer'],
    ['ListImages', '{"maxResults":1e99}', 'NUMBER_VALUE can not be converted to an Integer'],
    ['UploadLayerPart', '{"partFirstByte":9007199254740993}', 'NUMBER_VALUE can not be converted to a Long'],
    ['UploadLayerPart', '{"layerPartBlob":"a"}', 'Invalid base64 data in a blob'],
    ['UploadLayerPart', '{"layerPartBlob":"ab=="}', undefined],
    ['UploadLayerPart', '{"layerPartBlob":"a_-b"}', 'Invalid base64 data in a blob'],
    ['UploadLayerPart', '{"layerPartBlob":"ab c"}', 'Invalid base64 data in a blob'],
    ['UploadLayerPart', '{"layerPartBlob":"a=bc"}', 'Invalid base64 data in a blob'],
    ['CreateRepository', `${'['.repeat(65)}${']'.repeat(65)}`, 'The request body is nested too deeply'],
    ['CreateRepository', '['.repeat(1_000_000), 'The request body is nested too deeply'],
  ])('%s refuses %.40s', (operation, body, message) => {
    expect(refusal(() => readJson(operation, body))).toEqual(
      message === undefined ? ['accepted', ''] : ['malformed', message],
    );
  });

  test('refuses bytes that are not UTF-8', () => {
    const body = Buffer.concat([Buffer.from('{"repositoryName":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
    expect(refusal(() => readJson('CreateRepository', body))).toEqual([
      'malformed',
      'The request body is not valid UTF-8',
    ]);
  });

  test('takes `__proto__` as the key of a map for a key like any other', () => {
    const shape = models.ecr.shapes.get('Tags') ?? expect.unreachable();
    const holder = {
      ...inputOf('ecr', 'ListImages'),
      members: new Map([['tags', { name: 'tags', wireName: 'tags', shape, required: false }]]),
    };
    const { tags } = jsonProtocol.read(head(), Buffer.from('{"tags":{"__proto__":"x"}}')).input(holder) as {
      tags: object;
    };
    expect(Object.entries(tags)).toEqual([['__proto__', 'x']]);
    expect(Object.getPrototypeOf(tags)).toBe(Object.prototype);
  });

  test.each([
    ['application/x-amz-json-1.1', 'accepted'],
    ['application/x-amz-json-1.0', 'accepted'],
    ['application/json; charset=utf-8', 'accepted'],
    ['', 'accepted'],
    ['text/plain', 'unknownForm'],
    ['application/x-www-form-urlencoded', 'unknownForm'],
  ])('takes the content type %s: %s', (type, kind) => {
    const run = (): void => jsonProtocol.refuseForeignForm(head({ headers: readHeaders(['Content-Type', type]) }));
    expect(refusal(run)[0]).toBe(kind);
  });

  const write = (operation: string, output: object): unknown => {
    const found = models.ecr.operations.get(operation) ?? expect.unreachable();
    return JSON.parse(
      jsonProtocol.writeOutput(found, output, { requestId: 'r', model: models.ecr, headers: readHeaders([]) }).body,
    );
  };

  test('writes members of the model only, none without a value, dates as seconds', () => {
    const repository = {
      repositoryName: 'a',
      createdAt: new Date(1_563_223_656_123),
      registryId: undefined,
      secret: 'x',
    };
    expect(write('CreateRepository', { repository, $metadata: {} })).toEqual({
      repository: { repositoryName: 'a', createdAt: 1563223656.123 },
    });
    expect(write('TagResource', {})).toEqual({});
  });

  test('refuses to write what is not of its shape', () => {
    expect(() => write('CreateRepository', { repository: { createdAt: 1 } })).toThrow(
      'the output at CreateRepository.repository.createdAt is not a timestamp',
    );
    expect(() => write('ListImages', { imageIds: {} })).toThrow(TypeError);
  });

  test('writes the members of an exception that its model declares', () => {
    const error = {
      code: 'InvalidLayerPartException',
      status: 400,
      message: 'm',
      members: { uploadId: 'u', other: 1, lastValidByteReceived: 4 },
      fault: false,
    };
    const { body } = jsonProtocol.writeError(error, { requestId: 'r', model: models.ecr, headers: readHeaders([]) });
    expect(JSON.parse(body)).toEqual({
      __type: 'InvalidLayerPartException',
      message: 'm',
      uploadId: 'u',
      lastValidByteReceived: 4,
    });
  });
});

/** Values of a shape as handlers have them; complete where no member may be left out, since an empty structure has no form. */
function valuesOf(shape: Shape, complete: boolean): fc.Arbitrary<unknown> {
  switch (shape.type) {
    case 'structure': {
      const members = [...shape.members.values()].map(
        (member) => [member.name, valuesOf(member.shape, complete)] as const,
      );
      return complete
        ? fc.record(Object.fromEntries(members))
        : fc.record(Object.fromEntries(members), { requiredKeys: [] });
    }
    case 'list':
      return fc.array(valuesOf(shape.member, complete), { minLength: 1, maxLength: 3 });
    case 'map':
      return fc.dictionary(fc.string({ maxLength: 5 }), valuesOf(shape.value, complete), {
        maxKeys: 3,
        noNullPrototype: true,
      });
    case 'string':
      return fc.string({ unit: 'binary', maxLength: 8 });
    case 'boolean':
      return fc.boolean();
    case 'blob':
      return fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes));
    case 'timestamp':
      return fc.integer({ min: 0, max: 4e12 }).map((time) => new Date(time));
    case 'integer':
    case 'long':
      return fc.integer();
    default:
      return fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value));
  }
}

const structures = (service: 'ecr' | 'sts'): StructureShape[] =>
  [...models[service].shapes.values()].filter((shape) => shape.type === 'structure');

describe('what is written is read again', () => {
  test('in JSON, for every structure of ECR', () => {
    for (const shape of structures('ecr')) {
      const operation = { name: 'Op', output: shape, errors: [], unsigned: false, longInput: false };
      const write = (value: unknown): string =>
        jsonProtocol.writeOutput(operation, value, { requestId: '', model: models.ecr, headers: new Map() }).body;
      const check = fc.property(valuesOf(shape, false), (value) => {
        expect(jsonProtocol.read(head(), Buffer.from(write(value))).input(shape)).toEqual(value);
      });
      fc.assert(check, { numRuns: 5 });
    }
  });

  test('in forms, for every structure of STS', () => {
    for (const shape of structures('sts')) {
      const check = fc.property(valuesOf(shape, true), (value) => {
        const pairs = formOf(shape, value, '');
        const body = pairs
          .map(([name, text]) => `${encodeURIComponent(name)}=${encodeURIComponent(text)}`)
          .reverse()
          .join('&');
        const again = queryProtocol.read(head(), Buffer.from(body)).input(shape);
        expect(formOf(shape, again, '')).toEqual(pairs);
      });
      fc.assert(check, { numRuns: 20 });
    }
  });

  function formOf(shape: Shape, value: unknown, prefix: string): [string, string][] {
    if (shape.type === 'structure') {
      const fields = value as Record<string, unknown>;
      return [...shape.members.values()].flatMap((member) =>
        fields[member.name] === undefined
          ? []
          : formOf(member.shape, fields[member.name], prefix === '' ? member.name : `${prefix}.${member.name}`),
      );
    }
    if (shape.type === 'list')
      return (value as unknown[]).flatMap((item, index) => formOf(shape.member, item, `${prefix}.member.${index + 1}`));
    return [[prefix, value instanceof Date ? value.toISOString() : String(value)]];
  }
});

describe('AWS Query', () => {
  test.each([
    ['RoleArn=a+b%2Bc&Unknown=1', { RoleArn: 'a b+c' }],
    [
      'Tags.member.3.Key=c&Tags.member.1.Key=a&Tags.member.10.Key=d',
      { Tags: [{ Key: 'a' }, { Key: 'c' }, { Key: 'd' }] },
    ],
    ['TransitiveTagKeys=', { TransitiveTagKeys: [] }],
    ['DurationSeconds=900', { DurationSeconds: 900 }],
    ['__proto__.x=1&Tags.__proto__=1', { Tags: [] }],
  ])('reads %s', (body, expected) => expect(readQuery('AssumeRole', body)).toEqual(expected));

  test.each([
    ['DurationSeconds=x', 'malformed', "'x' at 'DurationSeconds' is not a valid integer"],
    ['DurationSeconds=2147483648', 'malformed', "'2147483648' at 'DurationSeconds' is not a valid integer"],
    ['Tags.member.x.Key=a', 'malformed', "'x' is not a position in a list"],
    ['Tags.member.100001.Key=a', 'malformed', "'100001' is not a position in a list"],
    ['RoleArn=a&RoleArn=b', 'malformedQuery', 'The parameter RoleArn is given more than once'],
    ['RoleArn=%ff', 'malformedQuery', 'The request has a parameter that is not valid percent-encoded UTF-8'],
    [`${'a.'.repeat(30)}=1`, 'malformedQuery', 'A parameter is nested too deeply'],
    ['a&'.repeat(6000), 'malformedQuery', 'The request has more than 5000 parameters'],
  ])('refuses %.40s', (body, kind, message) =>
    expect(refusal(() => readQuery('AssumeRole', body))).toEqual([kind, message]),
  );

  test('takes parameters from the query and from the body of a POST', () => {
    const request = queryProtocol.read(
      head({ query: 'Action=AssumeRole&Version=2011-06-15' }),
      Buffer.from('RoleArn=x'),
    );
    expect([request.action, request.version, request.input(inputOf('sts', 'AssumeRole'))]).toEqual([
      'AssumeRole',
      '2011-06-15',
      { RoleArn: 'x' },
    ]);
  });

  const context = (accept: string) => ({
    requestId: 'id',
    model: models.sts,
    headers: readHeaders(['Accept', accept]),
  });
  const identity = models.sts.operations.get('GetCallerIdentity') ?? expect.unreachable();

  test('writes an answer', () => {
    expect(
      queryProtocol.writeOutput(identity, { Account: '1', Arn: 'a&b', UserId: undefined }, context('*/*')),
    ).toEqual({
      contentType: 'text/xml',
      body: '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Account>1</Account><Arn>a&amp;b</Arn></GetCallerIdentityResult><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></GetCallerIdentityResponse>',
    });
  });

  test('writes JSON for those who ask for it', () => {
    const { contentType, body } = queryProtocol.writeOutput(identity, { Account: '1' }, context('application/json'));
    expect([contentType, JSON.parse(body)]).toEqual([
      'application/json',
      {
        GetCallerIdentityResponse: { GetCallerIdentityResult: { Account: '1' }, ResponseMetadata: { RequestId: 'id' } },
      },
    ]);
  });

  test('writes dates without a fraction', () => {
    const operation = models.sts.operations.get('AssumeRole') ?? expect.unreachable();
    const { body } = queryProtocol.writeOutput(
      operation,
      { Credentials: { Expiration: new Date(1_795_598_593_999) } },
      context(''),
    );
    expect(body).toContain('<Expiration>2026-11-25T09:23:13Z</Expiration>');
  });

  test.each([
    [true, 'Receiver'],
    [false, 'Sender'],
  ])('writes an error (fault of ours: %s) of type %s', (fault, type) => {
    const { body } = queryProtocol.writeError(
      { code: 'C', status: 400, message: '<m>', members: {}, fault },
      context(''),
    );
    expect(body).toBe(
      `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>${type}</Type><Code>C</Code><Message>&lt;m&gt;</Message></Error><RequestId>id</RequestId></ErrorResponse>`,
    );
  });

  test.each([
    ['a\r\n\tb', 'a&#xD;&#xA;&#x9;b'],
    ['\u0000\u0007\ufffe\ud800', '\ufffd\ufffd\ufffd\ufffd'],
    ['\u007f\u0085\u2028', '&#x7F;&#x85;&#x2028;'],
    [`<&>"'`, '&lt;&amp;&gt;&quot;&apos;'],
    ['ä\u{1f600}', 'ä\u{1f600}'],
  ])('escapes %j', (text, expected) => expect(escapeXml(text)).toBe(expected));
});
