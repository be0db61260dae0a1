/** Every lookup and every list that a client makes of one server's store, each as a request that is never twice the same. */
import { mediaTypes, digestOf } from '../../test/support/images.ts';
import type { Answer } from '../drivers/answer-parser.ts';
import { signedRequest } from '../drivers/aws-request.ts';
import type { Wire } from '../drivers/connection.ts';
import { wireOf } from '../drivers/requests.ts';
import type { Subject } from '../subjects.ts';
import { layerDigest, manifestOf, repositoryName, tagName, type Extent } from './extent.ts';

/** One server and what was put into it. */
export interface Seeded {
  readonly subject: Subject;
  readonly extent: Extent;
}

export interface Probe {
  readonly name: string;
  /** Requests of one round: `next` makes one, seeing the answer to the one before. */
  begin(seeded: Seeded): (before: Answer | undefined) => Wire;
}

/** The same places in every run. */
function places({ large, others, each }: Extent): () => { repository: number; image: number } {
  let state = 1;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  return () => {
    // half of all requests meet the large repository
    const repository = below(2) === 0 ? 0 : 1 + below(others);
    return { repository, image: below(repository === 0 ? large : each) };
  };
}

type Place = ReturnType<ReturnType<typeof places>>;

/** A lookup of an image at a random place, on the OCI front. */
const lookup = (name: string, method: string, pathOf: (place: Place) => string): Probe => ({
  name,
  begin({ subject, extent }) {
    const next = places(extent);
    const headers = [`Accept: ${mediaTypes.ociManifest}`];
    return () => wireOf(subject, { method, target: `/v2/${pathOf(next())}`, headers });
  },
});

const byTag = ({ repository, image }: Place): string => `${repositoryName(repository)}/manifests/${tagName(image)}`;
const byDigest = ({ repository, image }: Place): string =>
  `${repositoryName(repository)}/manifests/${digestOf(manifestOf(repository, image))}`;

/** Page after page of a list of the OCI front, from the start again after the last. */
const pages = (name: string, first: string): Probe => ({
  name,
  begin({ subject }) {
    return (before) => {
      const next = /\r\nlink: *<([^>]+)>/i.exec(before?.head ?? '')?.[1];
      return wireOf(subject, { method: 'GET', target: next ?? first });
    };
  },
});

function aws(seeded: Seeded, operation: string, input: unknown): Wire {
  const { subject } = seeded;
  if (subject.credentials === undefined) throw new Error(`${subject.name} has no credentials`);
  const { headers, body } = signedRequest(subject, subject.credentials, { operation, input });
  const bare = { ...subject, headers: [] };
  return { ...wireOf(bare, { method: 'POST', target: '/', headers, body: [Buffer.from(body)] }), keepBody: true };
}

/** Page after page of a list of the AWS API. */
const awsPages = (operation: string, input: object): Probe => ({
  name: operation,
  begin(seeded) {
    return (before) => {
      const { nextToken } = JSON.parse(before?.body ?? '{}') as { nextToken?: string };
      return aws(seeded, operation, { ...input, maxResults: 100, ...(nextToken === undefined ? {} : { nextToken }) });
    };
  },
});

export const probes: readonly Probe[] = [
  lookup('manifest GET by tag', 'GET', byTag),
  lookup('manifest GET by digest', 'GET', byDigest),
  lookup('manifest HEAD', 'HEAD', byTag),
  lookup('blob HEAD', 'HEAD', ({ repository }) => `${repositoryName(repository)}/blobs/${layerDigest}`),
  {
    name: 'BatchGetImage',
    begin(seeded) {
      const next = places(seeded.extent);
      return () => {
        const { repository, image } = next();
        const imageIds = [{ imageTag: tagName(image) }];
        return aws(seeded, 'BatchGetImage', { repositoryName: repositoryName(repository), imageIds });
      };
    },
  },
  {
    name: 'DescribeImages of one',
    begin(seeded) {
      const next = places(seeded.extent);
      return () => {
        const { repository, image } = next();
        const imageIds = [{ imageTag: tagName(image) }];
        return aws(seeded, 'DescribeImages', { repositoryName: repositoryName(repository), imageIds });
      };
    },
  },
  pages('tags list, pages of 100', '/v2/large/tags/list?n=100'),
  pages('catalog, pages of 100', '/v2/_catalog?n=100'),
  awsPages('DescribeRepositories', {}),
  awsPages('ListImages', { repositoryName: 'large' }),
  awsPages('DescribeImages', { repositoryName: 'large' }),
];
