import { createHmac, createSecretKey, randomBytes, timingSafeEqual } from 'node:crypto';

/*
 * The id of an upload has the form of a UUID, and proves by itself that this registry has begun an upload:
 *
 *   uuuuuuuu-uuuu-cccc-cccc-mmmmmmmmmmmm
 *
 *   u   the last millisecond since 1970 at which nothing at all may have come; so ids sort by it
 *   c   a counter that began anywhere
 *   m   the first 6 bytes of an HMAC over both and the repository's row, whose number is never given twice
 *
 * Ids of uploads that were begun before ids were made this way are random, and known by their row alone.
 */

export interface UploadIds {
  /** An id that nobody has yet, for an upload that may rest until then. */
  make(repository: number, until: number): string;
  /** How long an upload with this id may rest at its beginning; undefined where this registry did not make it so. */
  untilOf(repository: number, id: string): number | undefined;
}

const form = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const timeDigits = 12;

const headLength = 10;

/** In front of every id whose time was not over at `time`, and behind all others. */
export const firstIdFrom = (time: number): string => dashed(Math.max(0, time).toString(16).padStart(timeDigits, '0'));

/** `key`: 32 bytes that no other installation has. */
export function createUploadIds(key: Buffer): UploadIds {
  const secret = createSecretKey(key);
  let counter = randomBytes(4).readUInt32BE();
  const withCode = (repository: number, head: Buffer): string => {
    const bound = Buffer.alloc(headLength + 8);
    head.copy(bound);
    bound.writeBigUInt64BE(BigInt(repository), headLength);
    const code = createHmac('sha256', secret).update(bound).digest('hex');
    return dashed(head.toString('hex') + code.slice(0, 12));
  };
  return {
    make(repository, until) {
      counter = (counter + 1) % 2 ** 32;
      const head = Buffer.alloc(headLength);
      head.writeUIntBE(until, 0, 6);
      head.writeUInt32BE(counter, 6);
      return withCode(repository, head);
    },
    untilOf(repository, id) {
      if (!form.test(id)) return undefined;
      const head = Buffer.from(id.replaceAll('-', '').slice(0, 2 * headLength), 'hex');
      const proper = timingSafeEqual(Buffer.from(withCode(repository, head)), Buffer.from(id));
      return proper ? head.readUIntBE(0, 6) : undefined;
    },
  };
}

function dashed(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)]
    .filter((part) => part !== '')
    .join('-');
}
