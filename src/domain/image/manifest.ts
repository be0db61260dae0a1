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
  const body = readUnambiguous(bytes);
  const mediaType = chooseMediaType(body, given);
  requireExactNames(body, imageMembers);
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

/** Of members with one name JSON.parse keeps the last; other readers keep the first, or mix them. */
function readUnambiguous(bytes: Uint8Array): Record<string, unknown> {
  const { body, members } = readJson(bytes);
  if (membersIn(body) !== members) throw unreadable();
  return body;
}

function readJson(bytes: Uint8Array): { body: Record<string, unknown>; members: number } {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw unreadable();
  }
  const members = countMembers(text);
  if (members === 'too deep') throw unreadable();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw unreadable();
  }
  return { body: object(body), members };
}

/**
 * How many members the objects of a JSON text have together: the colons outside of strings. Counts brackets as well, so
 * that a nest of ten thousand is refused before anything recurses into it.
 */
function countMembers(text: string): number | 'too deep' {
  let members = 0;
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (quoted) {
      if (c === 92) i++;
      else if (c === 34) quoted = false;
    } else if (c === 34) quoted = true;
    else if (c === 58) members++;
    else if (c === 123 || c === 91) {
      if (++depth > depthLimit) return 'too deep';
    } else if (c === 125 || c === 93) depth--;
  }
  return members;
}

function membersIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inside: unknown[] = Object.values(value);
  return inside.reduce<number>((sum, one) => sum + membersIn(one), Array.isArray(value) ? 0 : inside.length);
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
  return value === undefined || value === '' ? undefined : typeName(value);
}

/** A media or artifact type. What no database, header or list could give back as it came is none. */
function typeName(value: unknown): string {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (typeof value !== 'string' || value.length > 255 || /[\u0000-\u001f\u007f]/.test(value)) throw unreadable();
  if (!value.isWellFormed()) throw unreadable();
  return value;
}

const imageMembers = membersOf([
  'schemaVersion',
  'mediaType',
  'artifactType',
  'config',
  'layers',
  'manifests',
  'subject',
]);
const descriptorMembers = membersOf(['mediaType', 'digest', 'size', 'urls', 'data']);

function membersOf(names: readonly string[]): ReadonlyMap<string, string> {
  return new Map(names.map((name) => [withoutCase(name), name]));
}

/** As Go compares the names of members, in which most clients are written: ſ is an s there, and the sign of Kelvin a k. */
function withoutCase(name: string): string {
  return name.toUpperCase().toLowerCase();
}

/** Refuses `Layers` beside `layers`: clients would take the one, scanners and we the other. */
function requireExactNames(object: Record<string, unknown>, members: ReadonlyMap<string, string>): void {
  for (const name of Object.keys(object)) {
    const known = name.length <= 16 ? members.get(withoutCase(name)) : undefined;
    if (known !== undefined && known !== name) throw unreadable();
  }
}

/** A content descriptor (OCI image spec, "Content Descriptors"): members that we do not know stay as they are. */
function descriptor(value: unknown): Descriptor {
  const members = object(value);
  requireExactNames(members, descriptorMembers);
  const { digest, size, mediaType } = members;
  if (typeof digest !== 'string' || !isDigest(digest)) throw unreadable();
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw unreadable();
  return { digest, size, mediaType: typeName(mediaType) };
}

/** The annotations of a manifest that was accepted; what is not text is left out. */
export function annotationsIn(bytes: Uint8Array): Record<string, string> {
  const { annotations } = readJson(bytes).body;
  if (typeof annotations !== 'object' || annotations === null) return {};
  return Object.fromEntries(Object.entries(annotations).filter(([, value]) => typeof value === 'string'));
}
