import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SealError } from './port.ts';
import { openSmall, openWrapped, sealSmall, sealWrapped, smallOverhead } from './seal.ts';

const forms = [
  { form: 'small', seal: sealSmall, open: openSmall },
  { form: 'wrapped', seal: sealWrapped, open: openWrapped },
];

const bytes = (options?: fc.IntArrayConstraints) => fc.uint8Array({ maxLength: 200, ...options });

describe.each(forms)('the sealed form "$form"', ({ seal, open }) => {
  const key = randomBytes(32);

  it('gives back what was sealed, under the same additional data', () => {
    fc.assert(
      fc.property(bytes(), bytes(), (plain, aad) => {
        expect(open(key, seal(key, plain, aad), aad)).toEqual(Buffer.from(plain));
      }),
    );
  });

  it('refuses every changed bit', () => {
    fc.assert(
      fc.property(bytes({ maxLength: 20 }), fc.nat(7), (plain, bit) => {
        const sealed = seal(key, plain, 'where it belongs');
        for (let at = 0; at < sealed.length; at += 1) {
          const changed = Buffer.from(sealed);
          changed.writeUInt8(changed.readUInt8(at) ^ (1 << bit), at);
          expect(() => open(key, changed, 'where it belongs')).toThrow(SealError);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('refuses every shortened form and one that is longer', () => {
    const sealed = seal(key, Buffer.from('a secret'), '');
    for (let length = 0; length < sealed.length; length += 1) {
      expect(() => open(key, sealed.subarray(0, length), '')).toThrow(SealError);
    }
    expect(() => open(key, Buffer.concat([sealed, Buffer.of(0)]), '')).toThrow(SealError);
  });

  it('refuses other additional data and another key', () => {
    fc.assert(
      fc.property(bytes(), bytes(), bytes(), (plain, aad, other) => {
        fc.pre(Buffer.compare(aad, other) !== 0);
        const sealed = seal(key, plain, aad);
        expect(() => open(key, sealed, other)).toThrow(SealError);
        expect(() => open(randomBytes(32), sealed, aad)).toThrow(SealError);
      }),
    );
  });

  it('never seals twice to the same bytes', () => {
    const sealed = Array.from({ length: 100 }, () => seal(key, Buffer.from('same'), '').toString('hex'));
    expect(new Set(sealed).size).toBe(100);
  });
});

describe('sealed forms', () => {
  it('are not taken for one another', () => {
    const key = randomBytes(32);
    expect(() => openWrapped(key, sealSmall(key, Buffer.alloc(40), ''), '')).toThrow(SealError);
    expect(() => openSmall(key, sealWrapped(key, Buffer.alloc(40), ''), '')).toThrow(SealError);
  });

  it('add a fixed number of bytes', () => {
    expect(sealSmall(randomBytes(32), Buffer.alloc(100), '').length).toBe(100 + smallOverhead);
  });
});
