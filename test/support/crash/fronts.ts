/**
 * Both doors to the same images under one set of verbs, so that load and checks can use either. A refusal is an
 * UnexpectedAnswer; an answer that never came (the server was killed) is a BrokenConnection.
 */
import { paginateListImages, type ECRClient, type ImageIdentifier } from '@aws-sdk/client-ecr';
import { ecrClient, logIn, type Endpoint } from '../aws.ts';
import type { Blob, Image } from '../images.ts';
import { expectStatus, registryAt, type Registry } from '../registry.ts';
import { awsFront } from './aws-front.ts';
import { ociFront } from './oci-front.ts';

export type FrontName = 'oci' | 'aws';

export interface Front {
  readonly name: FrontName;
  /** The least that every part of an upload but the last must have. */
  readonly leastPart: number;
  pushBlob(repository: string, blob: Blob): Promise<void>;
  /** Gives the name of a session, which stays good over a restart. */
  beginUpload(repository: string): Promise<string>;
  appendUpload(repository: string, session: string, part: { bytes: Buffer; offset: number }): Promise<void>;
  finishUpload(repository: string, session: string, digest: string): Promise<void>;
  putImage(repository: string, image: Image, tag?: string): Promise<void>;
  /** By one of its tags, or by its digest. */
  deleteImage(repository: string, reference: string): Promise<void>;
  /** Digest → bytes of every manifest that is there. */
  getManifests(repository: string, digests: readonly string[]): Promise<Map<string, Buffer>>;
  /** Digest → size of every blob that is there. */
  findBlobs(repository: string, digests: readonly string[]): Promise<Map<string, number>>;
  /** The bytes of a blob; undefined where the front does not give it. */
  getBlob(repository: string, digest: string): Promise<Buffer | undefined>;
}

export interface Fronts {
  readonly oci: Front;
  readonly aws: Front;
  readonly registry: Registry;
  readonly ecr: ECRClient;
  /** What tags/list has. */
  listTags(repository: string): Promise<string[]>;
  /** What ListImages has. */
  listImages(repository: string): Promise<ImageIdentifier[]>;
  close(): void;
}

/** Logs in on both fronts of a running server. */
export async function openFronts(server: Endpoint): Promise<Fronts> {
  const ecr = ecrClient(server);
  const { authorization } = await logIn(server);
  const registry = registryAt(server.url, authorization);
  return {
    oci: ociFront(registry),
    aws: awsFront(ecr),
    registry,
    ecr,
    async listTags(repository) {
      const response = await registry.send('GET', `/v2/${repository}/tags/list?n=1000`);
      return (JSON.parse((await expectStatus(response, 200)).toString()) as { tags: string[] }).tags;
    },
    async listImages(repositoryName) {
      const found: ImageIdentifier[] = [];
      const pages = paginateListImages({ client: ecr, pageSize: 1000 }, { repositoryName });
      for await (const { imageIds = [] } of pages) found.push(...imageIds);
      return found;
    },
    close: () => ecr.destroy(),
  };
}
