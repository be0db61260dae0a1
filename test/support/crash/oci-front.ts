import { expectStatus, type Registry } from '../registry.ts';
import { BrokenConnection, isBrokenConnection } from './broken-connection.ts';
import { eachOf } from './each-of.ts';
import type { Front } from './fronts.ts';

/** The OCI front, spoken by hand. Sessions are the URLs that the server gave. */
export function ociFront(registry: Registry): Front {
  /** One kind of error for an answer that never came, whatever it was that noticed. */
  const ask = async <T>(act: () => Promise<T>): Promise<T> => {
    try {
      return await act();
    } catch (error) {
      throw isBrokenConnection(error) ? new BrokenConnection('no answer', { cause: error }) : error;
    }
  };
  const bodyOrNothing = async (asked: Promise<Response>): Promise<Buffer | undefined> => {
    const response = await asked;
    const body = await expectStatus(response, 200, 404);
    return response.status === 200 ? body : undefined;
  };

  return {
    name: 'oci',
    leastPart: 1,
    pushBlob: async (repository, blob) => await ask(async () => await registry.pushBlob(repository, blob)),
    beginUpload: async (repository) => await ask(async () => await registry.startUpload(repository)),
    async appendUpload(_repository, session, { bytes, offset }) {
      await ask(async () => await registry.sendChunk(session, bytes, offset));
    },
    async finishUpload(_repository, session, digest) {
      await ask(async () => await expectStatus(await registry.finishUpload(session, digest), 201));
    },
    async putImage(repository, image, tag) {
      const reference = tag ?? image.digest;
      await ask(async () => await expectStatus(await registry.putManifest(repository, reference, image), 201));
    },
    async deleteImage(repository, reference) {
      const path = `/v2/${repository}/manifests/${reference}`;
      await ask(async () => await expectStatus(await registry.send('DELETE', path), 202));
    },
    async getManifests(repository, digests) {
      const found = new Map<string, Buffer>();
      await eachOf(digests, async (digest) => {
        const body = await ask(async () => await bodyOrNothing(registry.getManifest(repository, digest)));
        if (body !== undefined) found.set(digest, body);
      });
      return found;
    },
    async findBlobs(repository, digests) {
      const found = new Map<string, number>();
      await eachOf(digests, async (digest) => {
        const response = await ask(async () => await registry.send('HEAD', `/v2/${repository}/blobs/${digest}`));
        await expectStatus(response, 200, 404);
        if (response.status === 200) found.set(digest, Number(response.headers.get('content-length')));
      });
      return found;
    },
    getBlob: async (repository, digest) =>
      await ask(async () => await bodyOrNothing(registry.getBlob(repository, digest))),
  };
}
