import { hash } from 'node:crypto';
import { compilePolicy, type CompiledPolicy } from '../../domain/iam/policy/compile.ts';
import { readPolicyDocument } from '../../domain/iam/policy/document.ts';
import { WeightedMap } from '../../lib/weighted-map.ts';

/** Bytes that a character of a document takes once it is compiled (measured: 28 to 31). */
export const bytesOfCharacter = 30;

/** Bytes of what is kept compiled. */
const most = 96 * 1024 * 1024;

/** The characters that a policy of few words counts for all the same. */
const least = 256;

/**
 * Policies of users, groups, roles and sessions, each compiled once: a version of a managed policy by the policy's unique
 * id and the version, a text that belongs to one holder by name and text. They never change, so they are never stale.
 */
export class CompiledPolicies {
  readonly #kept = new WeightedMap<string, CompiledPolicy>(most);

  /** A version of a managed policy. `id`: what no other version of any policy has. */
  ofVersion(id: string, arn: string, document: string): CompiledPolicy {
    return this.#compile(`${id}\n${arn}`, arn, document);
  }

  /** An inline policy or a session policy. */
  ofText(name: string, document: string): CompiledPolicy {
    return this.#compile(`${hash('sha256', document, 'base64url')}\n${name}`, name, document);
  }

  #compile(key: string, name: string, document: string): CompiledPolicy {
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const compiled = compilePolicy(readPolicyDocument(document), { name });
    this.#kept.set(key, compiled, Math.max(document.length, least) * bytesOfCharacter);
    return compiled;
  }
}
