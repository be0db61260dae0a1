import { describe, expect, it } from 'vitest';
import { isIndexMediaType, isManifestMediaType, isNonDistributable, mediaTypes } from './media-types.ts';

describe('media types', () => {
  it.each([
    [mediaTypes.ociManifest, true, false],
    [mediaTypes.ociIndex, true, true],
    [mediaTypes.dockerManifest, true, false],
    [mediaTypes.dockerList, true, true],
    ['application/vnd.docker.distribution.manifest.v1+json', false, false],
    ['application/vnd.docker.distribution.manifest.v1+prettyjws', false, false],
    ['application/vnd.oci.artifact.manifest.v1+json', false, false],
    ['application/json', false, false],
    ['', false, false],
    [`${mediaTypes.ociManifest}; charset=utf-8`, false, false],
  ])('%j: manifest %s, index %s', (mediaType, manifest, index) => {
    expect(isManifestMediaType(mediaType)).toBe(manifest);
    expect(isIndexMediaType(mediaType)).toBe(index);
  });

  it.each([
    ['application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', true],
    ['application/vnd.oci.image.layer.nondistributable.v1.tar', true],
    ['application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', true],
    ['application/vnd.oci.image.layer.nondistributable.v1.tar+zstd', true],
    ['application/vnd.oci.image.layer.v1.tar+gzip', false],
    ['application/vnd.docker.image.rootfs.diff.tar.gzip', false],
  ])('%s may stay elsewhere: %s', (mediaType, meant) => {
    expect(isNonDistributable(mediaType)).toBe(meant);
  });
});
