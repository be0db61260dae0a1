/** Very much of everything at once: memory stays within bounds that are told here, and others are served meanwhile. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mediaTypes, seededBytes } from '../../support/images.ts';
import { until } from '../../support/process.ts';
import { signHeaders } from '../../support/wire/signed-requests.ts';
import { callEcr } from './fronts.ts';
import { head } from './raw.ts';
import { forgetPeak, memoryOf, openSite, type Site } from './site.ts';

const mebibyte = 1024 * 1024;

let site: Site;
let agent: Agent;

beforeEach(async () => {
  site = await openSite();
  agent = new Agent({ keepAlive: true, maxSockets: 64 });
});

afterEach(async () => {
  agent.destroy();
  await site?.close();
});

interface Begun {
  readonly sent: ClientRequest;
  /** Status and body; 0 where the connection was closed before the answer could be read. */
  readonly answer: Promise<{ status: number; body: string }>;
}

/** Begins a request on a connection of its own, or of the agent. */
function begin(method: string, path: string, headers: Record<string, string>, given: Agent | false = false): Begun {
  const sent = request(new URL(path, site.server.url), { method, headers, agent: given });
  sent.on('error', () => {
    // also after its answer, when the server has closed the connection on what is still being sent
  });
  const answered = async (): Promise<{ status: number; body: string }> => {
    try {
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      return { status: response.statusCode ?? 0, body: await text(response) };
    } catch {
      return { status: 0, body: '' };
    }
  };
  return { sent, answer: answered() };
}

async function inParallel(count: number, width: number, run: (number: number) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) await run(next++);
  };
  await Promise.all(Array.from({ length: width }, work));
}

/** Runs an attack besieged; gives how many bytes of memory the server took for it at most. */
async function peakOf(attack: () => Promise<void>): Promise<number> {
  const { pid } = site.server.child;
  forgetPeak(pid);
  const before = memoryOf(pid).now;
  await site.besieged(attack);
  await site.expectUnharmed();
  return memoryOf(pid).peak - before;
}

const json = (operation: string): Record<string, string> => ({
  'content-type': 'application/x-amz-json-1.1',
  'x-amz-target': `AmazonEC2ContainerRegistry_V20150921.${operation}`,
});

/** Headers of a part, signed for a body with this hash. */
async function partHeaders(hash: string, length: number): Promise<Record<string, string>> {
  const { url, credentials } = site.server;
  const headers = { ...json('UploadLayerPart'), 'x-amz-content-sha256': hash };
  const signed = await signHeaders({ url, service: 'ecr', credentials, headers });
  return { ...signed, 'content-length': String(length) };
}

const sha256 = (): ReturnType<typeof createHash> => createHash('sha256');
const typeOf = (body: string): string => (JSON.parse(body) as { __type: string }).__type;

describe('many at once', () => {
  test('10,000 open uploads take less than 10 kB each', async () => {
    const headers = { authorization: site.authorization, 'content-length': '0' };
    const open = async (): Promise<void> => {
      const { sent, answer } = begin('POST', '/v2/hostile/blobs/uploads/', headers, agent);
      sent.end();
      expect((await answer).status).toBe(202);
    };
    await inParallel(2_000, 64, open);
    expect(await peakOf(() => inParallel(10_000, 64, open))).toBeLessThan(100_000_000);
  });

  test('a hundred parts of 28 MiB with a wrong signature are bounded together', async () => {
    const body = Buffer.alloc(28 * mebibyte, ' ');
    const headers = await partHeaders(sha256().update('another body').digest('hex'), body.length);
    const refusals = new Set<string>();
    const peak = await peakOf(() =>
      inParallel(100, 100, async () => {
        const { sent, answer } = begin('POST', '/', headers);
        sent.end(body);
        const { status, body: said } = await answer;
        if (status > 0) refusals.add(`${status} ${typeOf(said)}`);
      }),
    );
    refusals.delete('400 ThrottlingException');
    expect([...refusals]).toEqual(['400 InvalidSignatureException']);
    expect(peak).toBeLessThan(768 * mebibyte);
  });

  test('fifty parts of 20 MiB that are good are bounded together', async () => {
    const part = seededBytes('part', 20 * mebibyte);
    const first = `{"repositoryName":"hostile","partFirstByte":0,"partLastByte":${part.length - 1},"layerPartBlob":"${part.toString('base64')}"`;
    const hash = sha256().update(first);
    const outcomes = new Set<string>();
    const peak = await peakOf(() =>
      inParallel(50, 50, async () => {
        const { body } = await callEcr(site, 'InitiateLayerUpload', { repositoryName: 'hostile' });
        const { uploadId } = JSON.parse(body) as { uploadId: string };
        const rest = `,"uploadId":"${uploadId}"}`;
        const headers = await partHeaders(hash.copy().update(rest).digest('hex'), first.length + rest.length);
        const { sent, answer } = begin('POST', '/', headers);
        sent.write(first, 'latin1');
        sent.end(rest);
        const { status, body: said } = await answer;
        if (status > 0) outcomes.add(status === 200 ? '200' : `${status} ${typeOf(said)}`);
      }),
    );
    outcomes.delete('400 ThrottlingException');
    expect([...outcomes]).toEqual(['200']);
    expect(peak).toBeLessThan(1280 * mebibyte);
  });

  test('a hundred manifests of 4 MiB are bounded together', async () => {
    const members = JSON.parse(site.image.manifest.toString()) as object;
    const short = JSON.stringify({ ...members, annotations: { filler: '' } });
    const body = Buffer.from(short.replace('"filler":"', `"filler":"${'x'.repeat(4 * mebibyte - short.length)}`));
    const headers = {
      authorization: site.authorization,
      'content-type': mediaTypes.ociManifest,
      'content-length': String(body.length),
    };
    const statuses: number[] = [];
    const peak = await peakOf(async () => {
      const begun = Array.from({ length: 100 }, (_, n) => begin('PUT', `/v2/hostile/manifests/t${n}`, headers));
      for (const { sent, answer } of begun) {
        void answer.then(({ status }) => statuses.push(status));
        sent.write(body.subarray(0, -1));
      }
      await until('all but those for which there is room are refused', () =>
        statuses.length >= 84 ? true : undefined,
      );
      for (const { sent } of begun) sent.end(body.subarray(-1));
      await Promise.all(begun.map(({ answer }) => answer));
    });
    // there may have been room for one more that was refused while others were still being refused
    const taken = statuses.filter((status) => status === 201).length;
    expect([taken > 0, taken <= 16]).toEqual([true, true]);
    expect(statuses.filter((status) => ![0, 201, 429].includes(status))).toEqual([]);
    expect(peak).toBeLessThan(512 * mebibyte);
  });

  test('a thousand requests that stop half-way hold little, and nobody up', async () => {
    const { port, host } = site.server;
    const lines = [`Host: ${host}`, `Authorization: ${site.authorization}`];
    const form = 'Content-Type: application/x-www-form-urlencoded';
    const halves = [
      'GET /v2/ HT',
      `GET /v2/ HTTP/1.1\r\nHost: ${host}\r\nX-Half: `,
      `${head(['PUT /v2/hostile/manifests/half HTTP/1.1', ...lines, 'Content-Length: 4000000'])}{`,
      `${head(['POST / HTTP/1.1', `Host: ${host}`, form, 'Content-Length: 900000'])}Action=`,
    ];
    const sockets: Socket[] = [];
    const peak = await peakOf(() =>
      inParallel(1_000, 50, async (number) => {
        const socket = connect(port, '127.0.0.1');
        socket.on('error', () => {
          // they are broken off in the end
        });
        sockets.push(socket);
        await once(socket, 'connect');
        socket.write(halves[number % halves.length] ?? '');
      }),
    );
    for (const socket of sockets) socket.destroy();
    await site.expectUnharmed();
    expect(peak).toBeLessThan(100 * mebibyte);
  });
});
