import type { ContextKeys } from '../iam/request-context.ts';

/** What `stowage:ImageTag`, `stowage:ImageDigest` and `stowage:ArtifactType` are for one image. */
export interface ImageFacts {
  readonly tags: readonly string[];
  readonly digest?: string | undefined;
  readonly artifactType?: string | undefined;
}

/** The same as conditions ask for it. */
export function keysOfImage({ tags, digest, artifactType }: ImageFacts): ContextKeys {
  return {
    'stowage:imagetag': tags,
    ...(digest === undefined ? {} : { 'stowage:imagedigest': digest }),
    ...(artifactType === undefined ? {} : { 'stowage:artifacttype': artifactType }),
  };
}
