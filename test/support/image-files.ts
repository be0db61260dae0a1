/** Images as files: `oci:DIR:TAG` and `dir:DIR` of skopeo, and an archive for `docker load`. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blobsOf, describeImage, digestOf, type Image } from './images.ts';
import { tar, type TarEntry } from './tar.ts';

async function writeBlob(folder: string, digest: string, bytes: Buffer): Promise<void> {
  await writeFile(join(folder, 'blobs', 'sha256', digest.slice('sha256:'.length)), bytes);
}

async function writeManifests(folder: string, image: Image): Promise<void> {
  for (const child of image.children) await writeManifests(folder, child);
  await writeBlob(folder, image.digest, image.manifest);
}

/** Writes an OCI image layout with one entry per tag into `folder`, which may not exist yet. */
export async function writeLayout(folder: string, images: Readonly<Record<string, Image>>): Promise<void> {
  await mkdir(join(folder, 'blobs', 'sha256'), { recursive: true });
  for (const image of Object.values(images)) {
    for (const blob of blobsOf(image)) await writeBlob(folder, blob.digest, blob.bytes);
    await writeManifests(folder, image);
  }
  const manifests = Object.entries(images).map(([tag, image]) => ({
    ...describeImage(image),
    annotations: { 'org.opencontainers.image.ref.name': tag },
  }));
  await writeFile(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
}

/** Writes an image of any flavour (skopeo's `oci:` knows no Docker types) as `dir:FOLDER` reads it. */
export async function writeDirectory(folder: string, image: Image): Promise<void> {
  await mkdir(folder, { recursive: true });
  const hex = (digest: string): string => digest.slice('sha256:'.length);
  const writeChildren = async (parent: Image): Promise<void> => {
    for (const child of parent.children) {
      await writeFile(join(folder, `${hex(child.digest)}.manifest.json`), child.manifest);
      await writeChildren(child);
    }
  };
  await writeFile(join(folder, 'version'), 'Directory Transport Version: 1.1\n');
  await writeFile(join(folder, 'manifest.json'), image.manifest);
  for (const blob of blobsOf(image)) await writeFile(join(folder, hex(blob.digest)), blob.bytes);
  await writeChildren(image);
}

/** What a layout, written by a client, holds: the bytes of a blob by digest, checked against it. */
export async function blobOfLayout(folder: string, digest: string): Promise<Buffer> {
  const bytes = await readFile(join(folder, 'blobs', 'sha256', digest.slice('sha256:'.length)));
  if (digestOf(bytes) !== digest) throw new Error(`${digest} has other bytes`);
  return bytes;
}

/** The digest of the only (or the tagged) image that a client wrote into a layout. */
export async function digestInLayout(folder: string, tag?: string): Promise<string> {
  const index = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as {
    manifests: { digest: string; annotations?: Record<string, string> }[];
  };
  const name = 'org.opencontainers.image.ref.name';
  const found = index.manifests.find((entry) => tag === undefined || entry.annotations?.[name] === tag);
  if (found === undefined) throw new Error(`the layout has no image ${tag}`);
  return found.digest;
}

/** An archive as `docker save` writes it, for `docker load`. */
export function dockerArchive(image: Image, references: readonly string[]): Buffer {
  if (image.config === undefined) throw new Error('docker loads images only');
  const name = `${image.config.digest.slice('sha256:'.length)}.json`;
  const layers = image.tars.map((bytes, index): TarEntry => ({ name: `layer-${index}.tar`, content: bytes }));
  const manifest = [{ Config: name, RepoTags: references, Layers: layers.map((layer) => layer.name) }];
  return tar([
    { name, content: image.config.bytes },
    ...layers,
    { name: 'manifest.json', content: JSON.stringify(manifest) },
  ]);
}
