import type { Principal } from '../../domain/iam/principal.ts';
import type { Store } from '../../store/db.ts';
import { putKeyUse, putRoleUse } from '../../store/iam/rights.ts';
import type { Log } from '../../telemetry/log.ts';

/** Within this many milliseconds a use is on disk: what a crash may lose. */
const flushAfter = 1000;

/** A use is written again only this many milliseconds after the last one, unless service or region are others. */
const coarse = 60_000;

/** Most uses that are remembered so as not to write them again. */
const mostKnown = 10_000;

/** When, with which service and in which region something was used last. */
export interface Use {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly service: string;
  readonly region: string;
}

/**
 * The last uses of access keys and roles (IAM: GetAccessKeyLastUsed, RoleLastUsed). They gather in memory and go to disk in
 * one commit within a second, so that a request costs no write of its own; who shows them merges what waits. Ids of keys
 * and of roles never meet.
 */
export class LastUses {
  readonly #store: Store;
  readonly #log: Log;
  /** What was noted last, written or not. */
  readonly #known = new Map<string, Use>();
  #waiting = new Map<string, Use>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: { store: Store; log: Log }) {
    this.#store = options.store;
    this.#log = options.log;
  }

  /** Notes that a principal has signed a request. Services and federated users leave no trace. */
  note({ type, role, session, accessKeyId }: Principal, use: Use): void {
    if (role) this.#note(role.id, use);
    else if (type === 'User' && session === undefined) this.#note(accessKeyId, use);
  }

  /** The last use of an access key or role by its id, where it was used since this process started. */
  latest(id: string): Use | undefined {
    return this.#known.get(id);
  }

  #note(id: string, use: Use): void {
    const known = this.#known.get(id);
    const same = known?.service === use.service && known.region === use.region;
    if (same && use.time - known.time < coarse) return;
    this.#known.delete(id);
    this.#known.set(id, use);
    if (this.#known.size > mostKnown) this.#known.delete(this.#known.keys().next().value ?? '');
    this.#waiting.set(id, use);
    if (!this.#closed) this.#timer ??= setTimeout(() => void this.flush(), flushAfter);
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.size === 0) return;
    const batch = this.#waiting;
    this.#waiting = new Map();
    try {
      await this.#store.write(async (tx) => {
        for (const [id, { time, service, region }] of batch) {
          if (id.startsWith('AROA')) await tx.run(putRoleUse, { role: id, time, region });
          else await tx.run(putKeyUse, { key: id, time, service, region });
        }
      });
    } catch (error) {
      this.#log.error({ err: error, uses: batch.size }, 'last uses could not be written yet');
      // They wait for the next time, unless a newer use waits already.
      for (const [id, use] of batch) if (!this.#waiting.has(id)) this.#waiting.set(id, use);
      if (!this.#closed) this.#timer ??= setTimeout(() => void this.flush(), flushAfter);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
  }
}
