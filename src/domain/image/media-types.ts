/** Media types of manifests that the registry takes (OCI image spec 1.1; Docker image manifest version 2, schema 2). */
export const mediaTypes = {
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
} as const;

export type ManifestMediaType = (typeof mediaTypes)[keyof typeof mediaTypes];

const known: ReadonlySet<string> = new Set(Object.values(mediaTypes));

export function isManifestMediaType(text: string): text is ManifestMediaType {
  return known.has(text);
}

export function isIndexMediaType(text: string): boolean {
  return text === mediaTypes.ociIndex || text === mediaTypes.dockerList;
}

/** Layers that may stay elsewhere: their bytes need not be in the repository (OCI image spec, "Non-distributable layers"). */
export function isNonDistributable(mediaType: string): boolean {
  return (
    mediaType === 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip' ||
    mediaType.startsWith('application/vnd.oci.image.layer.nondistributable.v1.tar')
  );
}
