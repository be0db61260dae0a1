/** Manifests, layers and lists, asked for again and again. */
import { mediaTypes } from '../../test/support/images.ts';
import type { ReadSize } from '../drivers/connection.ts';
import { driveSameRequest } from '../drivers/same-request.ts';
import { wireOf } from '../drivers/requests.ts';
import { sample } from '../drivers/sample.ts';
import { driveWrk, hasWrk } from '../drivers/wrk.ts';
import { layerOf, pulled, pulledTag, withImage, withLayer, withTags } from '../fixtures.ts';
import { alternate } from '../rounds.ts';
import { times, type Scenario, type Target } from '../scenario.ts';
import type { Subject } from '../subjects.ts';

interface Read {
  readonly name: string;
  readonly title: string;
  readonly target: Target;
  readonly connections: number;
  readonly method?: 'HEAD';
  readonly path: () => string;
  readonly headers?: readonly string[];
  readonly prepare: (subject: Subject) => Promise<void>;
  /** Over TLS where the server speaks it; the peer goes on in plain. */
  readonly overTls?: true;
  /** wrk takes 8 kB at a time, which is no measure of large layers. */
  readonly readSize?: ReadSize;
}

/** A GET or HEAD of one thing from both servers. */
export function read(row: Read): Scenario {
  const { name, title, target, connections, method, path, headers = [], prepare, readSize, overTls } = row;
  const byWrk = (): boolean => hasWrk() && method === undefined && readSize === undefined;
  return {
    name,
    title,
    target,
    run: async (bench) =>
      await alternate({
        bench,
        driver: byWrk() ? 'wrk' : 'node',
        prepare,
        async measure(subject, seconds) {
          const server = (overTls ? subject.overTls : undefined) ?? subject;
          return await sample(server, async () => {
            const all = [...server.headers, ...headers];
            if (byWrk()) return await driveWrk({ url: server.url + path(), headers: all, connections, seconds });
            const wire = wireOf(server, { method: method ?? 'GET', target: path(), headers });
            return await driveSameRequest(server, { wire, connections, seconds, readSize });
          });
        },
      }),
  };
}

const accept = [`Accept: ${mediaTypes.ociManifest}`];
const manifestAt = (reference: string) => (): string => `/v2/bench/pull/manifests/${reference}`;

const manifest = (row: Pick<Read, 'name' | 'title' | 'target' | 'connections' | 'path'>): Scenario =>
  read({ ...row, headers: accept, prepare: withImage });

/** A layer is made when it is first needed: the largest takes a moment. */
function layer(row: Pick<Read, 'name' | 'title' | 'target' | 'connections' | 'readSize'>, size: number): Scenario {
  let made: ReturnType<typeof layerOf> | undefined;
  const it = (): ReturnType<typeof layerOf> => (made ??= layerOf(size));
  return read({
    ...row,
    path: () => `/v2/bench/pull/blobs/${it().digest}`,
    prepare: async (subject) => await withLayer(subject, it()),
  });
}

export const reads: readonly Scenario[] = [
  manifest({
    name: 'manifest-get-tag-16',
    title: 'manifest GET by tag, 16 connections',
    target: times(3.3, 5.5, 12),
    connections: 16,
    path: manifestAt(pulledTag),
  }),
  manifest({
    name: 'manifest-get-tag-64',
    title: 'manifest GET by tag, 64 connections',
    target: times(5, 8.5, 18),
    connections: 64,
    path: manifestAt(pulledTag),
  }),
  manifest({
    name: 'manifest-get-digest-16',
    title: 'manifest GET by digest, 16 connections',
    target: times(3, 5.7, 13),
    connections: 16,
    path: manifestAt(pulled.digest),
  }),
  manifest({
    name: 'manifest-get-digest-64',
    title: 'manifest GET by digest, 64 connections',
    target: times(4, 6, 18),
    connections: 64,
    path: manifestAt(pulled.digest),
  }),
  read({
    name: 'manifest-head-16',
    title: 'manifest HEAD by tag, 16 connections',
    target: times(3.3, 6, 12),
    connections: 16,
    method: 'HEAD',
    path: manifestAt(pulledTag),
    headers: accept,
    prepare: withImage,
  }),
  read({
    name: 'manifest-get-https-16',
    title: 'manifest GET by tag over HTTPS, 16 connections (peer on HTTP)',
    target: times(2.5, 4.5, 9),
    connections: 16,
    overTls: true,
    path: manifestAt(pulledTag),
    headers: accept,
    prepare: withImage,
  }),
  layer(
    { name: 'blob-get-1k-16', title: 'blob GET 1 kB, 16 connections', target: times(14, 32, 20), connections: 16 },
    1000,
  ),
  layer(
    {
      name: 'blob-get-1m-16',
      title: 'blob GET 1 MB, 16 connections',
      target: times(2, 3.4, 3),
      connections: 16,
      readSize: 1_048_576,
    },
    1_000_000,
  ),
  layer(
    {
      name: 'blob-get-100m-1',
      title: 'blob GET 100 MB, 1 connection',
      target: times(0.7, 1.1, 0.7),
      connections: 1,
      readSize: 1_048_576,
    },
    100_000_000,
  ),
  layer(
    {
      name: 'blob-get-100m-4',
      title: 'blob GET 100 MB, 4 connections',
      target: times(0.65, 1, 0.65),
      connections: 4,
      readSize: 1_048_576,
    },
    100_000_000,
  ),
  read({
    name: 'tags-list-1000',
    title: 'tags list of 1,000, 16 connections',
    target: times(12, 21, 5),
    connections: 16,
    path: () => '/v2/bench/tags/tags/list?n=1000',
    prepare: withTags,
  }),
];
