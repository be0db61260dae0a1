/**
 * Two hands that do the same things, one over the OCI front and one over the AWS API. A chain of this folder begins with
 * one of them and ends with the other: whatever holds on one path has to hold on its twin.
 */
import { CreateRepositoryCommand, type CreateRepositoryCommandInput } from '@aws-sdk/client-ecr';
import type { RunningApp } from '../../support/app.ts';
import { blobsOf, type Blob, type Image } from '../../support/images.ts';
import type { Credentials } from '../../support/stowage.ts';
import { frontNames, Refused, type Front, type FrontName } from './front.ts';
import { jsonFront } from './json-front.ts';
import { ociFront } from './oci-front.ts';

export type Fronts = Readonly<Record<FrontName, Front>>;

export function openFronts(app: RunningApp): Fronts {
  return {
    OCI: ociFront(app, { authorization: app.authorization }),
    JSON: jsonFront(app.ecr()),
  };
}

/** Both fronts as somebody of another account who asks for the repositories of this one. */
export async function openForeignFronts(app: RunningApp, who: Credentials, owner: string): Promise<Fronts> {
  const caller = { credentials: who };
  const host = `${owner}.dkr.ecr.eu-central-1.amazonaws.com`;
  return {
    OCI: ociFront(app, { authorization: await app.logIn(caller), host }),
    JSON: jsonFront(app.ecr(caller), owner),
  };
}

/** Every pair of a front that writes and one that reads. */
export const pairs: readonly (readonly [FrontName, FrontName])[] = frontNames.flatMap((writer) =>
  frontNames.map((reader) => [writer, reader] as const),
);

/** Rows for `test.each('%s: written by %s, read by %s')`: every rule with every pair. */
export function chained<T>(rules: readonly (readonly [string, T])[]): [string, FrontName, FrontName, T][] {
  return rules.flatMap(([name, rule]) =>
    pairs.map(([writer, reader]): [string, FrontName, FrontName, T] => [name, writer, reader, rule]),
  );
}

/** Rows for `test.each('%s, by %s')`: every rule with every front. */
export function onEach<T>(rules: readonly (readonly [string, T])[]): [string, FrontName, T][] {
  return rules.flatMap(([name, rule]) => frontNames.map((front): [string, FrontName, T] => [name, front, rule]));
}

let made = 0;

/** A repository of a test's own. */
export async function newRepository(
  app: RunningApp,
  settings: Omit<CreateRepositoryCommandInput, 'repositoryName'> = {},
): Promise<string> {
  const repositoryName = `chains/${made++}`;
  await app.ecr().send(new CreateRepositoryCommand({ repositoryName, ...settings }));
  return repositoryName;
}

/** Uploads a layer, unless the front says that it is there. */
export async function putLayer(front: Front, repository: string, blob: Blob): Promise<void> {
  if ((await front.layerSize(repository, blob.digest)) !== undefined) return;
  const upload = await front.beginUpload(repository);
  await front.append(repository, upload, blob.bytes, 0);
  await front.complete(repository, upload, blob.digest);
}

/** Layers, then children, then the image itself; an image that is there already is left alone by the AWS API. */
export async function pushImage(front: Front, repository: string, image: Image, tag?: string): Promise<void> {
  for (const blob of blobsOf(image)) await putLayer(front, repository, blob);
  await pushManifests(front, repository, image, tag);
}

async function pushManifests(front: Front, repository: string, image: Image, tag?: string): Promise<void> {
  for (const child of image.children) await pushManifests(front, repository, child);
  const { manifest, mediaType } = image;
  const digest = image.digest.startsWith('sha256:') ? undefined : image.digest;
  await front.putManifest(repository, { manifest, mediaType, tag, digest }).catch((error: unknown) => {
    if (!(error instanceof Refused && error.code === 'ImageAlreadyExistsException')) throw error;
  });
}

/** Points a tag at an image whose manifest may be there. */
export async function putTag(front: Front, repository: string, image: Image, tag: string): Promise<void> {
  const { manifest, mediaType } = image;
  await front.putManifest(repository, { manifest, mediaType, tag });
}

/** How something was refused; undefined where it was done. */
export async function refusal(act: Promise<unknown>): Promise<{ code: string; message: string } | undefined> {
  try {
    await act;
    return undefined;
  } catch (error) {
    if (error instanceof Refused) return { code: error.code, message: error.message };
    throw error;
  }
}
