import type { Kysely } from 'kysely';
import { Placeholder, placeholders, type Statement } from './db.ts';
import type { Schema } from './schema.ts';

/** A statement as an engine runs it, and where its values come from. */
export interface Compiled {
  readonly sql: string;
  readonly keys: readonly (string | { readonly value: unknown })[];
}

export function compile<P, R>(builder: Kysely<Schema>, statement: Statement<P, R>): Compiled {
  const { sql, parameters } = statement.build(builder, placeholders<P>()).compile();
  return { sql, keys: parameters.map((one) => (one instanceof Placeholder ? one.key : { value: one })) };
}

/** The values of a statement's parameters, in their order. @throws TypeError where one was not given. */
export function bind<P>({ keys }: Compiled, parameters: P): unknown[] {
  return keys.map((key) => {
    if (typeof key !== 'string') return key.value;
    const value = (parameters as Record<string, unknown>)[key];
    if (value === undefined) throw new TypeError(`a statement lacks its parameter '${key}'`);
    return value;
  });
}
