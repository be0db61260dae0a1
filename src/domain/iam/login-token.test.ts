import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loginTokenKey, loginTokenLife, newLoginToken, readLoginToken, type TokenMac } from './login-token.ts';

const macWith =
  (key: string): TokenMac =>
  (text) =>
    createHmac('sha256', key).update(text).digest();
const mac = macWith('root key');
const installation = 'abcdefgh';

/** Those of base64url, and some that its decoder takes for others or passes over. */
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/: \né'.split('');

describe('a login token', () => {
  it('reads back as the id that it was made with', () => {
    const { text, id } = newLoginToken(installation, mac);
    expect(readLoginToken(text, installation, mac)).toEqual({ installation, id });
  });

  it('is shorter than 200 bytes, has no colon, and its password begins as at ECR', () => {
    for (let i = 0; i < 100; i++) {
      const { text } = newLoginToken(installation, mac);
      expect(Buffer.byteLength(text)).toBeLessThan(200);
      expect(text).toMatch(/^[A-Za-z0-9._-]+$/);
      expect(Buffer.from(`AWS:${text}`).toString('base64').startsWith('QVdTOk')).toBe(true);
    }
  });

  it('differs from every other', () => {
    const ids = Array.from({ length: 100 }, () => newLoginToken(installation, mac).id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is refused when any one of its bytes is another', () => {
    const { text } = newLoginToken(installation, mac);
    const taken: string[] = [];
    for (let at = 0; at < text.length; at++) {
      for (const other of letters) {
        if (text[at] === other) continue;
        const altered = text.slice(0, at) + other + text.slice(at + 1);
        if (typeof readLoginToken(altered, installation, mac) !== 'string') taken.push(altered);
      }
    }
    expect(taken).toEqual([]);
  });

  it('is refused when a byte is missing or one is added', () => {
    const { text } = newLoginToken(installation, mac);
    for (let at = 0; at <= text.length; at++) {
      if (at < text.length) {
        expect(readLoginToken(text.slice(0, at) + text.slice(at + 1), installation, mac)).toBeTypeOf('string');
      }
      for (const more of ['A', '=', ' ', '.']) {
        expect(readLoginToken(text.slice(0, at) + more + text.slice(at), installation, mac)).toBeTypeOf('string');
      }
    }
  });

  it('is altered under the key of another root, foreign at another installation', () => {
    const { text } = newLoginToken(installation, mac);
    expect(readLoginToken(text, installation, macWith('another key'))).toBe('altered');
    expect(readLoginToken(text, 'hgfedcba', mac)).toBe('foreign');
  });

  it.each([
    ['nothing', ''],
    ['dots only', '...'],
    ['another version', 'LT2.abcdefgh.id.code'],
    ['a part too few', 'LT1.abcdefgh.id'],
    ['a part too many', 'LT1.abcdefgh.id.code.more'],
    ['an empty id', 'LT1.abcdefgh..code'],
    ['an empty code', 'LT1.abcdefgh.id.'],
    ['a password of a person', 'correct horse battery staple'],
    ['201 characters', `LT1.abcdefgh.id.${'A'.repeat(185)}`],
  ])('is malformed when it is %s', (_, text) => {
    expect(readLoginToken(text, installation, mac)).toBe('malformed');
  });

  it('is never read from a text that nobody with the key has made', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (id, code) => {
        expect(readLoginToken(`LT1.${installation}.${id}.${code}`, installation, mac)).toBeTypeOf('string');
      }),
    );
  });

  it('is kept as something that it cannot be made of again', () => {
    const { text, id } = newLoginToken(installation, mac);
    expect(loginTokenKey(id)).toBe(loginTokenKey(id));
    expect(loginTokenKey(id)).not.toBe(loginTokenKey(`${id}x`));
    expect(text).not.toContain(loginTokenKey(id));
  });

  it('lives for twelve hours', () => {
    expect(loginTokenLife).toBe(43_200_000);
  });
});
