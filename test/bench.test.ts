/** The parts of the bench by themselves: a figure is worth what its client and its arithmetic are. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { Images } from '../bench/content.ts';
import { AnswerParser, type Answer } from '../bench/drivers/answer-parser.ts';
import { Connection } from '../bench/drivers/connection.ts';
import { wireOf } from '../bench/drivers/requests.ts';
import { driveSameRequest } from '../bench/drivers/same-request.ts';
import { quantile, repeat } from '../bench/drivers/sample.ts';
import { parseWrk } from '../bench/drivers/wrk.ts';
import { readOptions, UsageError } from '../bench/options.ts';
import { judge, round, table } from '../bench/report.ts';
import { median } from '../bench/rounds.ts';
import { atMost, times, type Scenario } from '../bench/scenario.ts';
import { scenarios } from '../bench/scenarios/index.ts';
import { digestOf } from './support/images.ts';

describe('the reader of answers', () => {
  const plain = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
  const chunked = 'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n';

  /** The answers in `text`, handed over in pieces of `size` bytes. */
  function answersIn(text: string, size: number, options = { isHead: false, keepBody: true }): Answer[] {
    const answers: Answer[] = [];
    const parser = new AnswerParser((answer) => {
      answers.push(answer);
      parser.expect(options);
    });
    parser.expect(options);
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += size) parser.read(bytes.subarray(at, at + size));
    return answers;
  }

  test.each([1, 2, 3, 7, 1000])('finds each answer when bytes come %i at a time', (size) => {
    const answers = answersIn(plain + chunked + plain, size);
    expect(answers.map(({ status, body, bodySize }) => [status, body, bodySize])).toEqual([
      [200, 'hello', 5],
      [201, 'hello world', 11],
      [200, 'hello', 5],
    ]);
  });

  test('waits for no body after HEAD', () => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n';
    expect(answersIn(head + head, 10, { isHead: true, keepBody: false })).toHaveLength(2);
  });
});

describe('the lean client', () => {
  let server: Server | undefined;

  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  async function serve(listener: RequestListener) {
    server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return {
      name: 'a server',
      host: '127.0.0.1',
      port,
      pid: process.pid,
      headers: [],
      url: `http://127.0.0.1:${port}`,
    };
  }

  test('sends a body in pieces and reads the answer', async () => {
    const served = await serve((request, response) => void request.pipe(response));
    const connection = await Connection.open(served);
    const wire = wireOf(served, { method: 'PUT', target: '/', body: [Buffer.from('one '), Buffer.from('two')] });
    const answer = await connection.ask({ ...wire, keepBody: true });
    connection.close();
    expect([answer.status, answer.body]).toEqual([200, 'one two']);
  });

  test('counts what every connection got, and takes a new one where the server closes', async () => {
    let asked = 0;
    const served = await serve((_request, response) => {
      asked += 1;
      response.writeHead(200, { connection: 'close' }).end('hello');
    });
    const wire = wireOf(served, { method: 'GET', target: '/' });
    const { operations } = await driveSameRequest(served, { wire, connections: 3, seconds: 0.05 });
    expect(operations).toBeGreaterThanOrEqual(3);
    expect(operations).toBe(asked);
  });

  test('gives no figure for a refusal, nor for a connection that breaks', async () => {
    const refusing = await serve((_request, response) => void response.writeHead(503).end());
    const wire = wireOf(refusing, { method: 'GET', target: '/' });
    const load = { wire, connections: 2, seconds: 0.05 };
    await expect(driveSameRequest(refusing, load)).rejects.toThrow('answered 503');
    server?.close();
    const breaking = await serve((request) => request.socket.destroy());
    await expect(driveSameRequest(breaking, load)).rejects.toThrow(/closed the connection|ECONNRESET/);
  });
});

describe('what wrk prints', () => {
  const printed = (lines: string): string => `  Latency Distribution\n     50%  201.00us\n     99%    2.38ms\n${lines}`;

  test('is read', () => {
    expect(parseWrk(printed('  63799 requests in 1.10s, 98.87MB read\n'))).toEqual({
      operations: 63_799,
      seconds: 1.1,
      p99: 2.38,
    });
  });

  test.each(['  Non-2xx or 3xx responses: 7', '  Socket errors: connect 0, read 3, write 0, timeout 0'])(
    'is no figure with %s',
    (trouble) => {
      expect(() => parseWrk(printed(`  63799 requests in 1.10s, 98.87MB read\n${trouble}\n`))).toThrow(trouble.trim());
    },
  );
});

describe('content', () => {
  test('is new every time, and its digests are right', () => {
    const images = new Images({ seed: 'a test', layers: 3, size: 1000 });
    const layers = [images.next(), images.next()].flatMap((image) => [image.config, ...image.layers]);
    expect(new Set(layers.map(({ digest }) => digest)).size).toBe(8);
    for (const { digest, size, pieces } of layers) {
      expect(digestOf(Buffer.concat(pieces))).toBe(digest);
      expect(Buffer.concat(pieces)).toHaveLength(size);
    }
  });
});

describe('figures', () => {
  test('are medians and quantiles', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([quantile(hundred, 0.5), quantile(hundred, 0.99), quantile([7], 0.99)]).toEqual([50, 99, 7]);
  });

  test('count every operation that was begun', async () => {
    let begun = 0;
    const counted = await repeat(4, 0.001, async () => {
      begun += 1;
      await new Promise((resolve) => {
        setTimeout(resolve, 5);
      });
    });
    expect(counted.operations).toBe(begun);
    expect(begun).toBeGreaterThanOrEqual(4);
  });

  test.each([
    [times(3, 5, 12), '3.1.2', 2.9, 'below'],
    [times(3, 5, 12), '3.1.2', 3, 'floor'],
    [times(3, 5, 12), '3.1.2', 5, 'aim'],
    [times(3, 5, 12), '2.8.2', 5, 'below'],
    [times(3, 5, 12), '2.8.2', 12, 'floor'],
    [atMost(4, 2, '×'), '3.1.2', 4.1, 'below'],
    [atMost(4, 2, '×'), '3.1.2', 4, 'floor'],
    [atMost(4, 2, '×'), '2.8.2', 2, 'aim'],
  ] as const)('are held against %o beside %s: %d is %s', (target, peer, figure, verdict) => {
    expect(judge(target, peer, figure)).toBe(verdict);
  });

  test('stand in the table with both sides, and what was not run beside them', () => {
    const scenario = (title: string): Scenario => ({
      name: title,
      title,
      target: times(3, 5, 12),
      run: () => Promise.resolve({ skipped: 'for once' }),
    });
    const compared = { stowage: { rate: 400, p99: 2, cpu: 0.1 }, peer: { rate: 100, p99: 8, cpu: 0.4 } };
    const [, , measured, skipped] = table(
      [
        { scenario: scenario('loads'), result: { figure: 4, compared, driver: 'wrk', rounds: 5 } },
        { scenario: scenario('others'), result: { skipped: 'for once' } },
      ],
      '3.1.2',
    ).split('\n');
    expect(measured).toBe('| loads | 400/s | 100/s | 4 | 3 | 5 | floor | 2 / 8 | 0.1 / 0.4 | 0.25 | wrk |');
    expect(skipped).toMatch(/^\| others .* not run /);
    expect([round(0.123456), round(12.345), round(1234.5)]).toEqual(['0.12', '12.3', '1,235']);
  });
});

describe('the command line', () => {
  const named = (...args: string[]): string[] => readOptions(args, scenarios).scenarios.map(({ name }) => name);

  test('runs everything but what takes long, or what is named, by its beginning too', () => {
    expect(named()).toEqual(scenarios.filter(({ long }) => !long).map(({ name }) => name));
    expect(named('push-100m', 'manifest-get-tag-16')).toEqual(['manifest-get-tag-16', 'push-100m-1', 'push-100m-4']);
    expect(named('push-1k-1')).toEqual(['push-1k-1']);
    expect(named('scale')).toEqual(['scale']);
    expect(named('all')).toEqual(scenarios.map(({ name }) => name));
    expect(named('--write')).toEqual(named());
  });

  test.each([
    ['nothing-like-it'],
    ['--rounds', '0'],
    ['--seconds', 'x'],
    ['--peer', '1'],
    ['--write', 'scale'],
    ['-x'],
  ])('refuses %s %s', (...args) => {
    expect(() => readOptions(args, scenarios)).toThrow(UsageError);
  });

  test('knows every scenario by a name of its own', () => {
    expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
  });
});
