/** Files that clients read images from and write them to, and what came back in them. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { filesIn, temporaryFolder } from '../support/folders.ts';
import { blobOfLayout, digestInLayout, writeLayout } from '../support/image-files.ts';
import type { Image } from '../support/images.ts';
import { runOk } from '../support/process.ts';
import { tar } from '../support/tar.ts';
import { diffIdOf, type Pulled } from './steps.ts';

/** The only sha256 digest of a line that matches, or the first of all that was said. */
export function digestIn(said: string, line = /^.*sha256:.*$/m): string {
  const digest = /sha256:[0-9a-f]{64}/.exec(line.exec(said)?.[0] ?? '')?.[0];
  if (digest === undefined) throw new Error(`no digest in: ${said}`);
  return digest;
}

/** Every sha256 digest of what was said. */
export const digestsIn = (said: string): string[] => said.match(/sha256:[0-9a-f]{64}/g) ?? [];

/** Writes the image into a layout of its own, calls `use` with the folder and removes it. The tag in it is `it`. */
export async function inLayout<T>(image: Image, use: (layout: string) => Promise<T>): Promise<T> {
  const folder = temporaryFolder('layout');
  try {
    await writeLayout(folder.path, { it: image });
    return await use(folder.path);
  } finally {
    folder.remove();
  }
}

/** Calls `use` with the name of a folder that is not there yet, and removes what that made. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = temporaryFolder('pulled');
  try {
    return await use(join(folder.path, 'it'));
  } finally {
    folder.remove();
  }
}

interface AnyManifest {
  readonly config?: { readonly digest: string };
  readonly layers?: readonly { readonly digest: string }[];
  readonly manifests?: readonly { readonly digest: string }[];
}

async function layersIn(layout: string, digest: string): Promise<string[]> {
  const manifest = JSON.parse((await blobOfLayout(layout, digest)).toString()) as AnyManifest;
  if (manifest.config !== undefined) await blobOfLayout(layout, manifest.config.digest);
  const own = (manifest.layers ?? []).map(async (layer) => diffIdOf(await blobOfLayout(layout, layer.digest)));
  const below = (manifest.manifests ?? []).map(async (child) => await layersIn(layout, child.digest));
  return [...(await Promise.all(own)), ...(await Promise.all(below)).flat()];
}

/** What a client wrote into a layout; every blob that is named must be there. */
export async function readLayout(layout: string, tag?: string): Promise<Pulled> {
  const digest = await digestInLayout(layout, tag);
  return { digests: [digest], layers: await layersIn(layout, digest) };
}

/** Digests of the layers in an archive as `docker save` writes it. */
export async function layersInArchive(archive: string): Promise<string[]> {
  return await inFolder(async (folder) => {
    await mkdir(folder);
    await runOk('tar', ['-xf', archive, '-C', folder]);
    const [image] = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as [{ Layers: string[] }];
    return await Promise.all(image.Layers.map(async (name) => diffIdOf(await readFile(join(folder, name)))));
  });
}

/** A layout as one tar file, which is how ctr and docker read and write it. */
export async function layoutArchive(layout: string): Promise<Buffer> {
  const names = await filesIn(layout);
  const entries = names.map(async (name) => ({ name, content: await readFile(join(layout, name)) }));
  return tar(await Promise.all(entries));
}
