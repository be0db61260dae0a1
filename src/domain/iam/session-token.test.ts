import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Session } from './session.ts';
import {
  longestToken,
  packCredential,
  packedSize,
  unpackCredential,
  type TemporaryCredential,
} from './session-token.ts';

const text = (most: number) => fc.string({ unit: 'binary', maxLength: most });
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const sessions: fc.Arbitrary<Session> = fc.record({
  kind: fc.constantFrom('role', 'user', 'federated'),
  account: fc.stringMatching(/^\d{12}$/),
  entity: text(21),
  name: text(64),
  issuedAt: fc.nat(),
  expiresAt: fc.nat(),
  policy: optional(text(2048).filter((policy) => policy !== '')),
  policyArns: optional(fc.array(text(100), { minLength: 1, maxLength: 10 })),
  tags: optional(fc.dictionary(text(128), text(256), { minKeys: 1, maxKeys: 50 })),
  transitiveTagKeys: optional(fc.array(text(128), { minLength: 1, maxLength: 50 })),
  sourceIdentity: optional(text(64)),
  chained: fc.boolean(),
});

const credentials: fc.Arbitrary<TemporaryCredential> = fc.record({
  accessKeyId: text(20),
  secretAccessKey: text(40),
  session: sessions,
});

describe('temporary credentials in their token', () => {
  test('come back as they were packed', () => {
    fc.assert(
      fc.property(credentials, (credential) => {
        expect(unpackCredential(packCredential(credential))).toEqual(credential);
      }),
    );
  });

  test('fit into the longest token where their policies and tags fit', () => {
    const full = fc.record({
      accessKeyId: fc.stringMatching(/^ASIA[A-Z2-7]{16}$/),
      secretAccessKey: fc.stringMatching(/^[A-Za-z0-9+/]{40}$/),
      session: sessions,
    });
    fc.assert(
      fc.property(full, (credential) => {
        const percent = packedSize(credential.session) ?? 0;
        // 5 bytes before the sealed ones, 33 of the sealing itself, and base64url makes four characters of three bytes.
        const token = Math.ceil(((packCredential(credential).length + 5 + 33) * 4) / 3);
        expect(percent > 100 || token <= longestToken).toBe(true);
      }),
    );
  });

  test('have no packed size without policies and tags', () => {
    expect(packedSize({})).toBeUndefined();
    expect(packedSize({ policyArns: [], tags: {}, transitiveTagKeys: [] })).toBeUndefined();
    expect(packedSize({ tags: { a: 'b' } })).toBe(1);
  });

  test('take little room for an ordinary policy', () => {
    const policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
        {
          Effect: 'Allow',
          Action: ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'],
          Resource: ['arn:aws:ecr:us-east-1:123456789012:repository/team/app'],
        },
      ],
    });
    expect(packedSize({ policy })).toBeLessThanOrEqual(4);
  });
});
