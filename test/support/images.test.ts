import { describe, expect, test } from 'vitest';
import { digestOf, makeImage, seededImage, sizeOf } from './images.ts';
import { run, runOk } from './process.ts';
import { tar } from './tar.ts';
import { temporaryFolder } from './folders.ts';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { machine, programThatPrints } from './binary.ts';
import { platform } from 'node:process';

describe('test images', () => {
  test('are the same bytes for the same seed, and others for another', () => {
    expect(seededImage('a', 2).digest).toBe(seededImage('a', 2).digest);
    expect(seededImage('a', 2).digest).not.toBe(seededImage('b', 2).digest);
  });

  test('name every blob by its digest and size', () => {
    const image = makeImage({ layers: [[{ name: 'one', content: '1' }], [{ name: 'two', content: '2' }]] });
    const manifest = JSON.parse(image.manifest.toString()) as {
      config: { digest: string; size: number };
      layers: { digest: string; size: number }[];
    };
    expect(manifest.layers.map((layer) => layer.digest)).toEqual(image.layers.map((layer) => digestOf(layer.bytes)));
    const sum = manifest.layers.reduce((total, layer) => total + layer.size, manifest.config.size);
    expect(sizeOf(image)).toBe(sum);
  });

  test('have layers that tar reads', async () => {
    const folder = temporaryFolder();
    const file = join(folder.path, 'layer.tar');
    await writeFile(
      file,
      tar([
        { name: 'bin/', mode: 0o755 },
        { name: 'bin/a', content: 'text' },
      ]),
    );
    expect((await runOk('tar', ['-tf', file])).split('\n').filter(Boolean)).toEqual(['bin/', 'bin/a']);
    expect(await runOk('tar', ['-xOf', file, 'bin/a'])).toBe('text');
    folder.remove();
  });

  test.skipIf(platform !== 'linux')('carry a program that runs here', async () => {
    const folder = temporaryFolder();
    const file = join(folder.path, 'program');
    await writeFile(file, programThatPrints('a line', machine()), { mode: 0o755 });
    expect(await run(file, [])).toMatchObject({ code: 0, stdout: 'a line\n' });
    folder.remove();
  });
});
