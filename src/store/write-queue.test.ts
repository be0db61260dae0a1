import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Writer } from './db.ts';
import { WriteQueue, type Transactions } from './write-queue.ts';

/**
 * Stands for an engine with one writer, and fails where a test tells it to. What is committed is `rows`; a transaction
 * writes into a copy, as the savepoint does into one of that.
 */
class Engine implements Transactions {
  rows: string[] = [];
  readonly log: string[] = [];
  readonly failures = new Map<string, Error>();
  /** The way to the disk of each commit, for engines that take one. */
  syncs: PromiseWithResolvers<void>[] | undefined;
  readonly alone: boolean[] = [];
  asked = 0;
  isUntidy = false;
  #open: string[] | undefined;
  #saved: string[] | undefined;
  readonly tx = {
    all: async () => [],
    first: async () => undefined,
    run: async (_statement: unknown, parameters: unknown) => this.#open?.push(String(parameters)) ?? 0,
  } as Writer;

  #step(name: string): void {
    this.log.push(name);
    const failure = this.failures.get(name);
    if (!failure) return;
    this.failures.delete(name);
    throw failure;
  }
  begin(): void {
    this.#step('begin');
    this.#open = [...this.rows];
  }
  commit(alone: boolean): Promise<void> | undefined {
    this.#step('commit');
    this.alone.push(alone);
    this.rows = this.#open ?? this.rows;
    this.#open = undefined;
    if (this.syncs === undefined) return undefined;
    const sync = Promise.withResolvers<void>();
    this.syncs.push(sync);
    return sync.promise;
  }
  tidy(): void {
    this.#step('tidy');
    this.isUntidy = false;
  }
  rollback(): void {
    this.#step('rollback');
    this.#open = undefined;
  }
  savepoint(): void {
    this.#step('savepoint');
    this.#saved = [...(this.#open ?? [])];
  }
  release(): void {
    this.#step('release');
  }
  rollbackToSavepoint(): void {
    this.#step('back');
    this.#open = this.#saved;
  }
  stands(): boolean {
    return this.#open !== undefined;
  }
  giveUp(): void {
    this.#open = undefined;
  }
  translate(error: unknown): unknown {
    return error instanceof Error && error.message === 'full' ? new Error('translated') : error;
  }
}

const insert = (row: string) => async (tx: Writer) => {
  await tx.run({} as never, row);
  return row;
};

const outcomes = async (asked: readonly Promise<unknown>[]): Promise<unknown[]> =>
  (await Promise.allSettled(asked)).map((one) =>
    one.status === 'fulfilled' ? one.value : (one.reason as Error).message,
  );

describe('the write queue', () => {
  let engine: Engine;
  let queue: WriteQueue;
  beforeEach(() => {
    engine = new Engine();
    queue = new WriteQueue(engine);
  });

  it('answers after the commit', async () => {
    const seen: string[] = [];
    const answered = queue.write(insert('a')).then(() => seen.push(...engine.log));
    await answered;
    expect(seen).toEqual(['begin', 'savepoint', 'release', 'commit']);
    expect(engine.rows).toEqual(['a']);
  });

  it('commits closures that wait together, in the order in which they came', async () => {
    const order: string[] = [];
    const asked = ['a', 'b', 'c'].map((row) => queue.write(insert(row)).then((value) => order.push(value)));
    await Promise.all(asked);
    expect(engine.log.filter((step) => step === 'commit')).toHaveLength(1);
    expect(engine.rows).toEqual(['a', 'b', 'c']);
    expect(order).toEqual(['a', 'b', 'c']);
  });

  it('never lets two closures run at once', async () => {
    let running = 0;
    const asked = Array.from({ length: 20 }, () =>
      queue.write(async () => {
        running += 1;
        const together = running;
        await Promise.resolve();
        running -= 1;
        return together;
      }),
    );
    expect(new Set(await outcomes(asked))).toEqual(new Set([1]));
  });

  it('takes closures that come while a transaction is open into it', async () => {
    const late: Promise<string>[] = [];
    const first = queue.write(async (tx) => {
      late.push(queue.write(insert('late')));
      return insert('first')(tx);
    });
    expect(await outcomes([first])).toEqual(['first']);
    expect(await outcomes(late)).toEqual(['late']);
    expect(engine.log.filter((step) => step === 'begin')).toHaveLength(1);
  });

  it('starts another transaction after 256 closures', async () => {
    const rows = Array.from({ length: 300 }, (_, number) => String(number));
    expect(await outcomes(rows.map((row) => queue.write(insert(row))))).toEqual(rows);
    expect(engine.log.filter((step) => step === 'commit')).toHaveLength(2);
    expect(engine.rows).toEqual(rows);
  });

  it('goes on after it has been idle', async () => {
    await queue.write(insert('a'));
    await new Promise((resolve) => setImmediate(resolve));
    await queue.write(insert('b'));
    expect(engine.rows).toEqual(['a', 'b']);
  });

  it('rolls a closure that fails back alone', async () => {
    const before = queue.write(insert('a'));
    const fails = queue.write(async (tx) => {
      await insert('half')(tx);
      throw new Error('no');
    });
    expect(await outcomes([before, fails, queue.write(insert('b'))])).toEqual(['a', 'no', 'b']);
    expect(engine.rows).toEqual(['a', 'b']);
  });

  it('answers a refusal after the commit too, since it may rest on what a neighbour wrote', async () => {
    let committed: boolean | undefined;
    const refused = queue
      .write(async () => {
        throw new Error('taken');
      })
      .catch(() => {
        committed = engine.log.includes('commit');
      });
    await Promise.all([queue.write(insert('a')), refused]);
    expect(committed).toBe(true);
  });

  it('fails every member of a commit that fails, those with a refusal of their own too', async () => {
    engine.failures.set('commit', new Error('full'));
    const asked = [
      queue.write(insert('a')),
      queue.write(async () => {
        throw new Error('taken');
      }),
      queue.write(insert('b')),
    ];
    expect(await outcomes(asked)).toEqual(['translated', 'translated', 'translated']);
    expect(engine.rows).toEqual([]);
    expect(engine.log.at(-1)).toBe('rollback');
    expect(await queue.write(insert('c'))).toBe('c');
    expect(engine.rows).toEqual(['c']);
  });

  it('fails those who were in a transaction that the engine gave up, and runs those behind it', async () => {
    const asked = [
      queue.write(insert('a')),
      queue.write(async () => {
        engine.giveUp();
        throw new Error('full');
      }),
      queue.write(insert('b')),
    ];
    expect(await outcomes(asked)).toEqual(['translated', 'translated', 'b']);
    expect(engine.rows).toEqual(['b']);
  });

  it('fails the first that waits when no transaction can be opened, and tries again for the next', async () => {
    engine.failures.set('begin', new Error('full'));
    expect(await outcomes([queue.write(insert('a')), queue.write(insert('b'))])).toEqual(['translated', 'b']);
    expect(engine.rows).toEqual(['b']);
  });

  it('rolls a closure back whose savepoint cannot be released', async () => {
    engine.failures.set('release', new Error('full'));
    expect(await outcomes([queue.write(insert('a')), queue.write(insert('b'))])).toEqual(['translated', 'b']);
    expect(engine.rows).toEqual(['b']);
  });

  it('fails who was in the transaction and goes on when a savepoint cannot be rolled back to', async () => {
    engine.failures.set('back', new Error('full'));
    const before = queue.write(insert('a'));
    const fails = queue.write(async () => {
      throw new Error('no');
    });
    expect(await outcomes([before, fails])).toEqual(['translated', 'translated']);
    expect(await outcomes([queue.write(insert('b'))])).toEqual(['b']);
    expect(engine.rows).toEqual(['b']);
  });

  it('answers everyone when a transaction can neither be committed nor rolled back', async () => {
    engine.failures.set('commit', new Error('full'));
    engine.failures.set('rollback', new Error('gone'));
    expect(await outcomes([queue.write(insert('a')), queue.write(insert('b'))])).toEqual(['translated', 'translated']);
    expect(engine.rows).toEqual([]);
  });

  it('closes after what was asked before, and refuses what is asked later', async () => {
    const asked = queue.write(insert('a'));
    const closed = queue.close();
    const answered = outcomes([asked, queue.write(insert('b'))]);
    await closed;
    expect(engine.rows).toEqual(['a']);
    expect(await answered).toEqual(['a', 'the store is closed']);
    expect(engine.rows).toEqual(['a']);
  });

  it('commits what it answers and nothing else, whatever fails', async () => {
    const member = fc.constantFrom('writes', 'refuses', 'fills the disk');
    await fc.assert(
      fc.asyncProperty(fc.array(member, { maxLength: 12 }), fc.boolean(), async (members, commitFails) => {
        const own = new Engine();
        const its = new WriteQueue(own);
        if (commitFails) own.failures.set('commit', new Error('full'));
        const asked = members.map((kind, number) =>
          its.write(async (tx) => {
            await insert(`${number}`)(tx);
            if (kind === 'fills the disk') own.giveUp();
            if (kind !== 'writes') throw new Error('no');
            return `${number}`;
          }),
        );
        const settled = await Promise.allSettled(asked);
        await its.close();
        expect(own.rows).toEqual(settled.filter((one) => one.status === 'fulfilled').map((one) => one.value));
      }),
    );
  });
});

describe('while a transaction is on its way to the disk', () => {
  let engine: Engine;
  let queue: WriteQueue;
  let syncs: PromiseWithResolvers<void>[];
  beforeEach(() => {
    syncs = [];
    engine = new Engine();
    engine.syncs = syncs;
    queue = new WriteQueue(engine);
  });

  const turn = async (): Promise<void> => {
    for (let count = 0; count < 5; count += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  /** Writes a row; what became of it shows in `answered`. */
  const answered: string[] = [];
  beforeEach(() => void answered.splice(0));
  const write = (row: string): void =>
    void queue.write(insert(row)).then(
      (value) => answered.push(value),
      (error: Error) => answered.push(`${row}: ${error.message}`),
    );

  it('nobody is answered, and it does not count', async () => {
    write('a');
    await turn();
    expect([engine.rows, answered, queue.commits]).toEqual([['a'], [], 0]);
    syncs[0]?.resolve();
    await turn();
    expect([answered, queue.commits]).toEqual([['a'], 1]);
  });

  it('the next one runs, and is committed after it with all who came meanwhile', async () => {
    write('a');
    await turn();
    write('b');
    await turn();
    write('c');
    await turn();
    expect(engine.log).toEqual(['begin', 'savepoint', 'release', 'commit', 'begin', 'savepoint', 'release']);
    syncs[0]?.resolve();
    await turn();
    expect(engine.log.slice(7)).toEqual(['savepoint', 'release', 'commit']);
    expect(answered).toEqual(['a']);
    syncs[1]?.resolve();
    await turn();
    expect([engine.rows, answered]).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ]);
  });

  it('its failure is that of its members, and of those who follow as the engine says', async () => {
    write('a');
    await turn();
    write('b');
    await turn();
    engine.failures.set('commit', new Error('dead'));
    syncs[0]?.reject(new Error('no disk'));
    await turn();
    expect(answered).toEqual(['a: no disk', 'b: dead']);
    expect(queue.commits).toBe(0);
  });

  it('closing waits for it', async () => {
    write('a');
    await turn();
    const closed = queue.close().then(() => answered.push('closed'));
    await turn();
    expect(answered).toEqual([]);
    syncs[0]?.resolve();
    await closed;
    expect(answered).toEqual(['a', 'closed']);
  });

  it('the engine is not tidied', async () => {
    engine.isUntidy = true;
    write('a');
    await turn();
    write('b');
    await turn();
    expect(engine.log).not.toContain('tidy');
    syncs[0]?.resolve();
    await turn();
    expect(engine.log.slice(4, 6)).toEqual(['tidy', 'begin']);
  });

  it('the engine knows whether its only member is the only one that wants something', async () => {
    write('a');
    await turn();
    syncs[0]?.resolve();
    await turn();
    for (const row of ['b', 'c']) write(row);
    await turn();
    syncs[1]?.resolve();
    await turn();
    write('d');
    engine.asked += 1;
    await turn();
    syncs[2]?.resolve();
    await turn();
    expect(engine.alone).toEqual([true, false, false]);
  });
});
