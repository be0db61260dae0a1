/** A policy as the engine takes it: compiled once for each version of it. */
export interface CompiledPolicy {
  /** ARN, or the name by which a reason tells it. */
  readonly name: string;
  /** The condition keys and variables that it reads, in lower case. */
  readonly reads: ReadonlySet<string>;
}
