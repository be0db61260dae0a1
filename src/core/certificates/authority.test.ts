import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import { AuthorityKeyIdentifier, Certificate, NameConstraints, SubjectKeyIdentifier } from '@peculiar/asn1-x509';
import { describe, expect, it } from 'vitest';
import { makeAuthority, readAuthority, type Pair } from './authority.ts';
import { permittedNames, type Names } from './names.ts';
import { CertificateRefusal } from './refusal.ts';
import { issueServerCertificate } from './server-certificate.ts';

const day = 86_400_000;
const now = Date.UTC(2026, 10, 25, 12, 0, 0, 123);
const permitted = permittedNames({
  regions: ['eu-moon-1'],
  domains: ['registry.example.com'],
  hosts: ['10.0.0.7', 'fd00::7'],
});
const pair = makeAuthority(permitted, now);
const authority = readAuthority(pair, '/tls', now);
const names: Names = { dns: ['localhost', '*.dkr.ecr.eu-moon-1.amazonaws.com'], addresses: ['127.0.0.1', '::1'] };
const server = issueServerCertificate(authority, names, now);

/** Extensions by OID: whether they are critical, and their value. */
function extensionsOf(pem: string): Map<string, { critical: boolean; value: ArrayBuffer }> {
  const { tbsCertificate } = AsnConvert.parse(new X509Certificate(pem).raw, Certificate);
  const rows = [...(tbsCertificate.extensions ?? [])];
  return new Map(rows.map(({ extnID, critical, extnValue }) => [extnID, { critical, value: extnValue.buffer }]));
}

const oid = {
  keyUsage: '2.5.29.15',
  names: '2.5.29.17',
  basic: '2.5.29.19',
  constraints: '2.5.29.30',
  purpose: '2.5.29.37',
};
const identifiers = { subject: '2.5.29.14', authority: '2.5.29.35' };
const hex = (value: ArrayBuffer | undefined): string => Buffer.from(value ?? new ArrayBuffer(0)).toString('hex');

describe('an authority', () => {
  const found = extensionsOf(pair.certificate);

  it('may sign servers and nothing else, and no authority below it', () => {
    expect(found.get(oid.basic)).toMatchObject({ critical: true });
    expect(hex(found.get(oid.basic)?.value)).toBe('30060101ff020100'); // CA, path length 0
    expect(found.get(oid.keyUsage)).toMatchObject({ critical: true });
    expect(hex(found.get(oid.keyUsage)?.value)).toBe('03020106'); // keyCertSign, cRLSign
    expect(hex(found.get(oid.purpose)?.value)).toBe('300a06082b06010505070301'); // serverAuth
  });

  it('has critical constraints with exactly what is permitted, each address whole', () => {
    const constraints = found.get(oid.constraints);
    expect(constraints?.critical).toBe(true);
    const { permittedSubtrees, excludedSubtrees } = AsnConvert.parse(
      constraints?.value ?? new ArrayBuffer(0),
      NameConstraints,
    );
    const bases = [...(permittedSubtrees ?? [])].map(({ base }) => base.dNSName ?? base.iPAddress);
    expect(bases).toEqual([...permitted.dns, '127.0.0.1/32', '::1/128', '10.0.0.7/32', 'fd00::7/128']);
    expect(excludedSubtrees).toBeUndefined();
  });

  it('signs itself, for ten years, under a name of its own', () => {
    const certificate = new X509Certificate(pair.certificate);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.validFromDate.getTime()).toBe(Date.UTC(2026, 10, 25, 11));
    expect(certificate.validToDate.getTime()).toBe(Date.UTC(2026, 10, 25, 12) + 3650 * day);
    expect(certificate.subject).not.toBe(new X509Certificate(makeAuthority(permitted, now).certificate).subject);
  });

  it('is read as it was made', () => {
    expect(authority.permitted).toEqual(permitted);
    expect(authority.notAfter).toBe(Date.UTC(2026, 10, 25, 12) + 3650 * day);
  });
});

describe('the certificate of a server', () => {
  const certificate = new X509Certificate(server.certificate);
  const found = extensionsOf(server.certificate);

  it('belongs to its key and is signed by the authority, which both of them name', () => {
    const above = new X509Certificate(pair.certificate);
    expect(certificate.checkIssued(above)).toBe(true);
    expect(certificate.verify(above.publicKey)).toBe(true);
    const subject = extensionsOf(pair.certificate).get(identifiers.subject)?.value ?? new ArrayBuffer(0);
    const issuer = found.get(identifiers.authority)?.value ?? new ArrayBuffer(0);
    const { keyIdentifier } = AsnConvert.parse(issuer, AuthorityKeyIdentifier);
    expect(hex(keyIdentifier?.buffer)).toBe(hex(AsnConvert.parse(subject, SubjectKeyIdentifier).buffer));
  });

  it('is one of a server and of no authority', () => {
    expect(certificate.ca).toBe(false);
    expect(hex(found.get(oid.basic)?.value)).toBe('3000');
    expect(hex(found.get(oid.keyUsage)?.value)).toBe('03020780'); // digitalSignature
    expect(hex(found.get(oid.purpose)?.value)).toBe('300a06082b06010505070301');
    expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
  });

  it('has the names', () => {
    expect(certificate.subjectAltName).toBe(
      'DNS:localhost, DNS:*.dkr.ecr.eu-moon-1.amazonaws.com, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    );
  });

  it('is good for 397 days, and an hour before for clocks that are behind', () => {
    expect(certificate.validFromDate.getTime()).toBe(Date.UTC(2026, 10, 25, 11));
    expect(certificate.validToDate.getTime()).toBe(Date.UTC(2026, 10, 25, 12) + 397 * day);
  });

  it('ends with its authority', () => {
    const late = authority.notAfter - 10 * day;
    expect(issueServerCertificate(authority, names, late).notAfter).toBe(authority.notAfter);
  });

  it('has a positive random serial number of 16 bytes', () => {
    const serials = Array.from({ length: 20 }, () => {
      const { certificate: pem } = issueServerCertificate(authority, names, now);
      return new X509Certificate(pem).serialNumber;
    });
    expect(new Set(serials).size).toBe(20);
    expect(serials.filter((serial) => !/^[4-7][0-9A-F]{31}$/.test(serial))).toEqual([]);
  });
});

describe('files that are no authority', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  const end = authority.notAfter;
  const rows: readonly (readonly [string, Pair, number, string])[] = [
    ['text', { ...pair, certificate: 'x' }, now, '/tls/ca.crt is not a certificate.'],
    [
      'another key',
      { ...pair, key: makeAuthority(permitted, now).key },
      now,
      '/tls/ca.key is not the key of /tls/ca.crt.',
    ],
    ['an RSA key', { ...pair, key: rsa }, now, '/tls/ca.key is not a key that stowage tls init made.'],
    ['no key', { ...pair, key: '' }, now, '/tls/ca.key is not a key that stowage tls init made.'],
    ['a server', server, now, '/tls/ca.crt is not the certificate of an authority.'],
    [
      'one that ended',
      pair,
      end,
      'The authority in /tls ended on 2036-11-22: make a new one in another folder, for clients to trust.',
    ],
  ];

  it.each(rows)('are refused: %s', (_, files, time, sentence) => {
    expect(() => readAuthority(files, '/tls', time)).toThrow(new CertificateRefusal(sentence));
  });
});
