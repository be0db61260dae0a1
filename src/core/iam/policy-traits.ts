import type { CompiledPolicy } from '../../domain/iam/policy/compile.ts';

/** What must be read from the store before a policy can be decided on: most ask for nothing. */
interface Traits {
  readonly resourceTags: boolean;
  readonly images: boolean;
}

const known = new WeakMap<CompiledPolicy, Traits>();

function traitsOf(policy: CompiledPolicy): Traits {
  const before = known.get(policy);
  if (before) return before;
  let [resourceTags, images] = [false, false];
  for (const key of policy.reads) {
    resourceTags ||= key.includes(':resourcetag/');
    images ||= key.startsWith('stowage:');
  }
  const traits = { resourceTags, images };
  known.set(policy, traits);
  return traits;
}

/** Whether a condition or variable of the policy reads tags of the resource. */
export const readsResourceTags = (policy: CompiledPolicy): boolean => traitsOf(policy).resourceTags;

/** Whether it reads which image is meant (`stowage:ImageTag`, `stowage:ImageDigest`, `stowage:ArtifactType`). */
export const readsImages = (policy: CompiledPolicy): boolean => traitsOf(policy).images;
