import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  bumpAccountRevision,
  findAccount,
  findMeta,
  insertAccount,
  insertMeta,
  insertRegistryKey,
  insertUser,
  findRegistryKey,
} from '../../src/store/accounts.ts';
import { ConstraintError, statement, type Store } from '../../src/store/db.ts';
import { insertImage, listImageTags } from '../../src/store/images.ts';
import { insertBlob, findBlob } from '../../src/store/layers.ts';
import { findUpload, insertUpload } from '../../src/store/uploads.ts';
import { insertRepository, listRepositories } from '../../src/store/repositories.ts';
import { doomUploadsOf } from '../../src/store/repository-contents.ts';
import { putTag } from '../../src/store/tags.ts';
import { engines, type Place } from './store-engines.ts';

const deleteMeta = statement<{ name: string }>()((db, p) => db.deleteFrom('meta').where('name', '=', p.name));
const listMeta = statement<{ like: string }>()((db, p) =>
  db.selectFrom('meta').select('name').where('name', 'like', p.like).orderBy('name').limit(1000),
);

const firstBytes = { id: 'u', blob: 'b', wrap: Buffer.alloc(3), received: 0, tail: null, whole: null, time: 1 };

const account = '123456789012';
const region = 'eu-central-1';

for (const engine of engines()) {
  describe.skipIf(engine.missing)(`a store on ${engine.name}`, () => {
    let place: Place;
    let store: Store;
    beforeEach(async () => {
      place = await engine.makePlace();
      store = await place.open();
    });
    afterEach(async () => {
      await store.close();
      await place.remove();
    });
    afterAll(() => engine.close());

    const put = (name: string, value = name): Promise<number> =>
      store.write((tx) => tx.run(insertMeta, { name: `a-${name}`, value }));
    const read = (name: string): Promise<{ value: string } | undefined> =>
      store.read.first(findMeta, { name: `a-${name}` });
    const names = async (): Promise<string[]> =>
      (await store.read.all(listMeta, { like: 'a-%' })).map(({ name }) => name.slice(2));

    const makeRepository = (name: string): Promise<number> =>
      store.write(async (tx) => {
        if (!(await tx.first(findAccount, { account }))) await tx.run(insertAccount, { account, time: 0 });
        const values = { account, region, name, mutability: 'MUTABLE', filters: '[]', encryption: 'AES256' };
        return (await tx.first(insertRepository, { ...values, scanOnPush: 0, time: 0 }))?.id ?? 0;
      });

    it('keeps what was written over a reopening', async () => {
      expect(await put('x', 'one')).toBe(1);
      await store.close();
      store = await place.open();
      expect(await read('x')).toEqual({ value: 'one' });
    });

    it('tells rows, no row, and how many rows were changed', async () => {
      await put('x');
      expect(await store.read.all(findMeta, { name: 'a-x' })).toEqual([{ value: 'x' }]);
      expect(await store.read.all(findMeta, { name: 'a-y' })).toEqual([]);
      expect(await read('y')).toBeUndefined();
      expect(await store.write((tx) => tx.run(deleteMeta, { name: 'a-y' }))).toBe(0);
      expect(await store.write((tx) => tx.run(deleteMeta, { name: 'a-x' }))).toBe(1);
    });

    it('takes parameters as values, never as words of SQL', async () => {
      const hostile = `'; drop table meta; -- $1 ? " \u{1F4A3}`;
      await put(hostile, hostile);
      expect(await read(hostile)).toEqual({ value: hostile });
    });

    it('refuses a statement whose parameter is missing', async () => {
      await expect(store.read.first(findMeta, {} as never)).rejects.toThrow(/lacks its parameter 'name'/);
    });

    it('gives numbers as numbers and bytes as bytes, whatever their size', async () => {
      const size = 52_000 * 1024 * 1024;
      const time = 4_102_444_800_000;
      const sealed = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      await store.write(async (tx) => {
        await tx.run(insertBlob, { id: 'b', account, region, key: 'k', digest: 'sha256:0', size, sealed: null, time });
        await tx.run(insertRegistryKey, { account, region, id: 'k', sealed, time });
      });
      expect(await store.read.first(findBlob, { id: 'b' })).toEqual({ id: 'b', size });
      const key = await store.read.first(findRegistryKey, { account, region });
      expect(key?.sealed).toBeInstanceOf(Uint8Array);
      expect(Buffer.from(key?.sealed ?? []).equals(sealed)).toBe(true);
    });

    it('gives nothing as null', async () => {
      const repository = await makeRepository('team/app');
      const upload = { ...firstBytes, repository, node: store.node };
      await store.write((tx) => tx.run(insertUpload, upload));
      expect(await store.read.first(findUpload, { id: 'u', repository })).toMatchObject({ tail: null, received: 0 });
    });

    it('sorts names by their bytes, and goes on after any of them', async () => {
      const sorted = ['a-b', 'a.b', 'a/b', 'a0', 'a_b', 'ab', 'b', 'z/a'];
      for (const name of sorted.toReversed()) await makeRepository(name);
      for (const [index, after] of ['', ...sorted].entries()) {
        const rows = await store.read.all(listRepositories, { account, region, after, limit: 100 });
        expect(rows.map(({ name }) => name)).toEqual(sorted.slice(index));
      }
    });

    it('lists images with their tags in pages, an untagged one once', async () => {
      const repository = await makeRepository('team/app');
      const images: number[] = [];
      for (const digest of ['sha256:1', 'sha256:2', 'sha256:3']) {
        const image = {
          repository,
          digest,
          mediaType: 'm',
          artifactType: null,
          size: 1,
          manifestSize: 1,
          subject: null,
        };
        const row = await store.write((tx) => tx.first(insertImage, { ...image, time: 0 }));
        images.push(row?.id ?? 0);
      }
      expect(images.toSorted((a, b) => a - b)).toEqual(images);
      for (const name of ['V1', 'latest', '_x', 'v1']) {
        await store.write((tx) => tx.run(putTag, { repository, name, image: images[2] ?? 0, time: 0 }));
      }
      const pages: (string | null)[] = [];
      for (let [image, tag] = [0, '']; ;) {
        const page = await store.read.all(listImageTags, { repository, image, tag, limit: 2 });
        pages.push(...page.map((row) => row.tag));
        const last = page.at(-1);
        if (page.length < 2 || !last) break;
        [image, tag] = [last.id, last.tag ?? ''];
      }
      expect(pages).toEqual([null, null, 'V1', '_x', 'latest', 'v1']);
    });

    it('copies rows by a statement with a value among its columns', async () => {
      const repository = await makeRepository('team/app');
      const upload = { ...firstBytes, repository, node: store.node };
      await store.write((tx) => tx.run(insertUpload, upload));
      expect(await store.write((tx) => tx.run(doomUploadsOf, { repository, after: 4_102_444_800_000 }))).toBe(1);
      expect(await store.write((tx) => tx.run(doomUploadsOf, { repository, after: 1 }))).toBe(0);
    });

    it('lets reads see what is committed, and a closure what it has written itself', async () => {
      await put('before');
      const seen = await store.write(async (tx) => {
        await tx.run(insertMeta, { name: 'a-inside', value: '1' });
        return {
          outside: await read('inside'),
          before: await read('before'),
          inside: await tx.all(listMeta, { like: 'a-i%' }),
        };
      });
      expect(seen).toEqual({ outside: undefined, before: { value: 'before' }, inside: [{ name: 'a-inside' }] });
      expect(await read('inside')).toEqual({ value: '1' });
    });

    it('takes back a closure that fails and keeps its neighbours', async () => {
      const fails = store.write(async (tx) => {
        await tx.run(insertMeta, { name: 'a-half', value: '' });
        throw new Error('no');
      });
      await Promise.all([put('x'), expect(fails).rejects.toThrow('no'), put('y')]);
      expect(await names()).toEqual(['x', 'y']);
    });

    it('tells a violated key and a missing parent from other errors, and goes on with the neighbours', async () => {
      await put('x');
      const orphan = { id: 'AIDA1', account: '000000000000', name: 'x', nameKey: 'x', path: '/', time: 0 };
      await Promise.all([
        expect(put('x')).rejects.toThrow(ConstraintError),
        put('y'),
        expect(store.write((tx) => tx.run(insertUser, orphan))).rejects.toThrow(ConstraintError),
        put('z'),
      ]);
      expect(await names()).toEqual(['x', 'y', 'z']);
    });

    it('loses no count when many closures raise the same number', async () => {
      await store.write((tx) => tx.run(insertAccount, { account, time: 0 }));
      await Promise.all(
        Array.from({ length: 300 }, () => store.write((tx) => tx.run(bumpAccountRevision, { account }))),
      );
      expect((await store.read.first(findAccount, { account }))?.revision).toBe(301);
    });

    it('lets one of two closures that look for a free name have it', async () => {
      const claim = (): Promise<string> =>
        store.write(async (tx) => {
          if (await tx.first(findMeta, { name: 'a-taken' })) return 'refused';
          await tx.run(insertMeta, { name: 'a-taken', value: '' });
          return 'mine';
        });
      const answers = await Promise.all(Array.from({ length: 20 }, claim));
      expect(answers.filter((answer) => answer === 'mine')).toEqual(['mine']);
    });

    it('can be reached while it is open', async () => {
      expect(await store.isReachable()).toBe(true);
    });

    it('waits for what was asked when it is closed, and refuses what is asked later', async () => {
      const asked = put('x');
      const closed = store.close();
      await expect(put('y')).rejects.toThrow('the store is closed');
      expect(await asked).toBe(1);
      await closed;
      store = await place.open();
      expect(await names()).toEqual(['x']);
    });
  });
}
