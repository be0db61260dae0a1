import { timingSafeEqual } from 'node:crypto';
import { RegistryError } from '../../domain/errors.ts';
import type { Principal } from '../../domain/iam/principal.ts';
import { isDigest } from '../../domain/digest.ts';
import { findHolderOfLayer } from '../../store/images.ts';
import { findLink } from '../../store/layers.ts';
import type { Call, Registry, Uses } from '../app.ts';
import type { AllowedOn } from '../authorize.ts';
import { findCredential } from '../iam/access-keys.ts';

/** Life of a layer's URL in milliseconds (ECR: X-Amz-Expires=3600). */
const urlLife = 60 * 60 * 1000;

/** What a URL says, sealed by a MAC: whose layer it is, for whom, and until when. */
export interface LayerUrl {
  readonly registry: Registry;
  readonly name: string;
  readonly digest: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** Credential and unique id of the one who asked for it: redeeming it is decided again, for them. */
  readonly accessKeyId: string;
  readonly principalId: string;
}

const textOf = (url: LayerUrl): string =>
  [
    url.registry.account,
    url.registry.region,
    url.name,
    url.digest,
    url.expiresAt,
    url.accessKeyId,
    url.principalId,
  ].join('\n');

function macOf(app: Uses<'installation'>, url: LayerUrl): string {
  return app.installation.root.mac('layer url', textOf(url)).toString('hex');
}

/**
 * Path and query of a URL that gives a layer's bytes for an hour (ECR: GetDownloadUrlForLayer).
 * @throws RegistryError layerNotFound, layerInaccessible (no image refers to the layer).
 */
export async function presignLayer(
  app: Uses<'store' | 'installation'>,
  call: Call,
  allowed: AllowedOn<'ecr:GetDownloadUrlForLayer'>,
  digest: string,
): Promise<string> {
  const { id, name, account } = allowed.repository;
  const names = { repositoryName: name, registryId: account, digest };
  if (!(await app.store.read.first(findLink, { repository: id, digest })))
    throw new RegistryError('layerNotFound', names);
  if (!(await app.store.read.first(findHolderOfLayer, { repository: id, digest }))) {
    throw new RegistryError('layerInaccessible', names);
  }
  const { accessKeyId, id: principalId } = call.principal;
  const expiresAt = call.time + urlLife;
  const url: LayerUrl = { registry: allowed.registry, name, digest, expiresAt, accessKeyId, principalId };
  const query = new URLSearchParams({
    expires: String(expiresAt),
    key: accessKeyId,
    principal: principalId,
    signature: macOf(app, url),
  });
  return `/layers/${account}/${allowed.registry.region}/${name}/${digest}?${query.toString()}`;
}

/** Reads a URL back; undefined where a byte of it is not as it was made. It may have expired. */
export function readLayerUrl(app: Uses<'installation'>, path: string, query: string): LayerUrl | undefined {
  const [, , account = '', region = '', ...rest] = path.split('/');
  const digest = rest.pop() ?? '';
  const given = new URLSearchParams(query);
  const [accessKeyId, principalId] = [given.get('key') ?? '', given.get('principal') ?? ''];
  const url: LayerUrl = {
    registry: { account, region },
    name: rest.join('/'),
    digest,
    expiresAt: Number(given.get('expires')),
    accessKeyId,
    principalId,
  };
  const expected = Buffer.from(macOf(app, url));
  const signature = Buffer.from(given.get('signature') ?? '');
  const genuine = isDigest(digest) && signature.length === expected.length && timingSafeEqual(signature, expected);
  return genuine ? url : undefined;
}

/** Who the URL was made for, if they and their credential are still there. */
export async function findUrlHolder(
  app: Uses<'store' | 'installation' | 'credentials'>,
  url: LayerUrl,
): Promise<Principal | undefined> {
  const credential = await findCredential(app, url.accessKeyId);
  return credential?.active && credential.principal.id === url.principalId ? credential.principal : undefined;
}
