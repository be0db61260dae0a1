import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { isDigest } from '../../domain/digest.ts';
import { RegistryError } from '../../domain/errors.ts';
import type { Principal } from '../../domain/iam/principal.ts';
import { SealError } from '../../keys/port.ts';
import { findHolderOfLayer } from '../../store/images.ts';
import { findLink } from '../../store/layers.ts';
import type { Call, Registry, Uses } from '../app.ts';
import type { AllowedOn } from '../authorize.ts';
import { findMaker, makerOf, type Maker } from '../iam/credentials.ts';

/** Life of a layer's URL in milliseconds (ECR: X-Amz-Expires=3600). */
const urlLife = 60 * 60 * 1000;

/** Bytes of the largest holder: a session with its policies and tags. */
const largestHolder = 64 * 1024;

/** What a URL says in clear: whose layer it is, and until when. */
interface Named {
  readonly registry: Registry;
  readonly name: string;
  readonly digest: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Who asked for a URL, with the session and the VPC endpoint: redeeming it is decided anew, for them. */
interface Holder {
  readonly maker: Maker;
  /** `vpce-…`, where the request for the URL came through one. */
  readonly endpoint?: string | undefined;
}

export interface LayerUrl extends Named, Holder {}

/** The holder is sealed for this very layer and time: another URL cannot borrow it. */
const sealedFor = ({ registry, name, digest, expiresAt }: Named): string =>
  ['layer url', registry.account, registry.region, name, digest, expiresAt].join('\n');

function sealHolder({ installation }: Uses<'installation'>, named: Named, holder: Holder): string {
  const plain = deflateRawSync(JSON.stringify(holder));
  return installation.root.wrap(plain, sealedFor(named)).toString('base64url');
}

function openHolder({ installation }: Uses<'installation'>, named: Named, seal: string): Holder | undefined {
  const bytes = Buffer.from(seal, 'base64url');
  // Decoding passes over stray characters and spare bits; a seal with such is another text.
  if (bytes.toString('base64url') !== seal) return undefined;
  try {
    const plain = installation.root.unwrap(bytes, sealedFor(named));
    return JSON.parse(inflateRawSync(plain, { maxOutputLength: largestHolder }).toString()) as Holder;
  } catch (error) {
    if (error instanceof SealError) return undefined;
    throw error;
  }
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
  const named: Named = { registry: allowed.registry, name, digest, expiresAt: call.time + urlLife };
  const seal = sealHolder(app, named, { maker: makerOf(call.principal), endpoint: call.source.endpoint?.id });
  const query = new URLSearchParams({ expires: String(named.expiresAt), seal });
  return `/layers/${account}/${allowed.registry.region}/${name}/${digest}?${query.toString()}`;
}

/** Reads a URL back; undefined where a byte of it is not as it was made. It may have expired. */
export function readLayerUrl(app: Uses<'installation'>, path: string, query: string): LayerUrl | undefined {
  const [, , account = '', region = '', ...rest] = path.split('/');
  const digest = rest.pop() ?? '';
  const given = new URLSearchParams(query);
  const expiresAt = Number(given.get('expires'));
  const named: Named = { registry: { account, region }, name: rest.join('/'), digest, expiresAt };
  const holder = isDigest(digest) ? openHolder(app, named, given.get('seal') ?? '') : undefined;
  return holder && { ...named, ...holder };
}

/** Who the URL was made for, if they and their credential are still there; that a session has ended does not matter. */
export async function findUrlHolder(
  app: Uses<'store' | 'installation' | 'credentials'>,
  url: LayerUrl,
  now: number,
): Promise<Principal | undefined> {
  return (await findMaker(app, url.maker, now))?.principal;
}
