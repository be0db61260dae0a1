import { RegistryError } from '../errors.ts';
import { isDigest } from '../digest.ts';
import { isIndexMediaType, isManifestMediaType, isNonDistributable, type ManifestMediaType } from './media-types.ts';

/** Largest manifest in bytes (ECR: PutImage, imageManifest). */
export const manifestLimit = 4_194_304;

/** Deepest nesting that a manifest may have; real ones need about six. */
const depthLimit = 64;

export interface Descriptor {
  readonly digest: string;
  readonly size: number;
  readonly mediaType: string;
}

/** What the registry needs to know of a manifest. The bytes themselves are kept as they came. */
export interface Manifest {
  readonly mediaType: ManifestMediaType;
  /** What kind of thing it is: artifactType, else the config's media type; undefined for an index without one. */
  readonly artifactType: string | undefined;
  /** Config and layers whose bytes must be in the repository. */
  readonly blobs: readonly Descriptor[];
  /** Images that an index refers to. */
  readonly children: readonly Descriptor[];
  readonly subject: Descriptor | undefined;
  /** Compressed bytes of config and layers; 0 for an index, whose size is that of its largest child. */
  readonly size: number;
}

/** ECR's one sentence for every manifest that it cannot read; containers/image reacts to it. */
const unreadable = (): RegistryError =>
  new RegistryError('invalidParameter', { field: 'ImageManifest', constraint: 'Invalid JSON syntax' });

/**
 * The bytes of a manifest that came as text. Half a pair of surrogates has none, and would be stored as something else
 * than was sent. @throws RegistryError invalidParameter.
 */
export function encodeManifest(text: string): Buffer {
  if (!text.isWellFormed()) throw unreadable();
  return Buffer.from(text);
}

/**
 * Reads a manifest of any kind that the registry takes: Docker v2 schema 2, manifest list, OCI image, OCI index.
 *
 * @param given the media type that the client named beside the manifest (Content-Type, imageManifestMediaType).
 * @throws RegistryError manifestTooLarge, invalidParameter (unreadable, contradicting or missing media type),
 *   unsupportedManifestType.
 */
export function parseManifest(bytes: Uint8Array, given?: string): Manifest {
  if (bytes.length > manifestLimit) throw new RegistryError('manifestTooLarge', { limit: manifestLimit });
  const body = readJson(bytes);
  const mediaType = chooseMediaType(body, given);
  if ('layers' in body && 'manifests' in body) throw unreadable();
  const subject = body['subject'] === undefined ? undefined : descriptor(body['subject']);
  const artifactType = optionalText(body['artifactType']);
  if (isIndexMediaType(mediaType)) {
    const children = list(body['manifests']).map(descriptor);
    return { mediaType, artifactType, blobs: [], children, subject, size: 0 };
  }
  const config = descriptor(body['config']);
  const layers = list(body['layers']).map(descriptor);
  const blobs = [config, ...layers].filter((one) => !isNonDistributable(one.mediaType));
  const size = [config, ...layers].reduce((sum, one) => sum + one.size, 0);
  if (!Number.isSafeInteger(size)) throw unreadable();
  return { mediaType, artifactType: artifactType ?? config.mediaType, blobs, children: [], subject, size };
}

function readJson(bytes: Uint8Array): Record<string, unknown> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw unreadable();
  }
  if (deeperThan(text, depthLimit)) throw unreadable();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw unreadable();
  }
  return object(body);
}

/** Counts brackets outside of strings, so that a nest of ten thousand is refused before anything recurses into it. */
function deeperThan(text: string, limit: number): boolean {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (quoted) {
      if (c === 92) i++;
      else if (c === 34) quoted = false;
    } else if (c === 34) quoted = true;
    else if (c === 123 || c === 91) {
      if (++depth > limit) return true;
    } else if (c === 125 || c === 93) depth--;
  }
  return false;
}

function chooseMediaType(body: Record<string, unknown>, given: string | undefined): ManifestMediaType {
  const inside = optionalText(body['mediaType']);
  // A client that names no type, or only says that it sends JSON, leaves the word to the manifest.
  const named = given !== undefined && given !== '' && given !== 'application/json' ? given : undefined;
  if (inside !== undefined && named !== undefined && inside !== named) throw unreadable();
  const mediaType = inside ?? named;
  if (mediaType === undefined || body['schemaVersion'] !== 2) {
    if (body['schemaVersion'] === 1) {
      throw new RegistryError('unsupportedManifestType', {
        mediaType: mediaType ?? 'application/vnd.docker.distribution.manifest.v1+prettyjws',
      });
    }
    throw unreadable();
  }
  if (!isManifestMediaType(mediaType)) throw new RegistryError('unsupportedManifestType', { mediaType });
  return mediaType;
}

function object(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unreadable();
  return value as Record<string, unknown>;
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw unreadable();
  return value;
}

function optionalText(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value.length > 255) throw unreadable();
  return value === '' ? undefined : value;
}

/** A content descriptor (OCI image spec, "Content Descriptors"): members that we do not know stay as they are. */
function descriptor(value: unknown): Descriptor {
  const { digest, size, mediaType } = object(value);
  if (typeof digest !== 'string' || !isDigest(digest)) throw unreadable();
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw unreadable();
  if (typeof mediaType !== 'string' || mediaType.length > 255) throw unreadable();
  return { digest, size, mediaType };
}

/** The annotations of a manifest that was accepted; what is not text is left out. */
export function annotationsIn(bytes: Uint8Array): Record<string, string> {
  const { annotations } = readJson(bytes);
  if (typeof annotations !== 'object' || annotations === null) return {};
  return Object.fromEntries(Object.entries(annotations).filter(([, value]) => typeof value === 'string'));
}
