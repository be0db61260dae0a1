import { readFileSync } from 'node:fs';
import type { Kysely } from 'kysely';
import { Placeholder, placeholders, type Statement } from './db.ts';
import { createBuilder, type Dialect } from './dialects/builder.ts';
import type { Schema } from './schema.ts';
import { listStatements, type AnyStatement } from './statements.ts';

/** A statement as an engine runs it, and where its values come from. */
export interface Compiled {
  readonly sql: string;
  readonly keys: readonly (string | { readonly value: unknown })[];
}

/**
 * Gives statements as an engine runs them. Those of the store are compiled ahead, into dialects/<dialect>.json, since
 * loading Kysely takes longer than all the rest of a start; `npm run reference` writes these files, `npm run check` and
 * a test hold them against the statements. Any other statement is compiled here.
 */
export class Compiler {
  readonly #dialect: Dialect;
  readonly #ahead = new Map<AnyStatement, Compiled>();
  #builder: Kysely<Schema> | undefined;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
    const file = new URL(`./dialects/${dialect}.json`, import.meta.url);
    const ahead = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Compiled>;
    for (const [name, statement] of listStatements()) {
      const compiled = ahead[name];
      if (compiled) this.#ahead.set(statement, compiled);
    }
  }

  compile<P, R>(statement: Statement<P, R>): Compiled {
    const ahead = this.#ahead.get(statement);
    if (ahead) return ahead;
    this.#builder ??= createBuilder(this.#dialect);
    return compile(this.#builder, statement);
  }
}

/** Every statement of the store by its name, as an engine runs it. */
export function compileAll(dialect: Dialect): Record<string, Compiled> {
  const builder = createBuilder(dialect);
  return Object.fromEntries([...listStatements()].map(([name, statement]) => [name, compile(builder, statement)]));
}

function compile<P, R>(builder: Kysely<Schema>, statement: Statement<P, R>): Compiled {
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
