import {
  BasicConstraints,
  ExtendedKeyUsage,
  GeneralName,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_kp_serverAuth,
  KeyUsage,
  KeyUsageFlags,
  SubjectAlternativeName,
} from '@peculiar/asn1-x509';
import { clockSkew, newKey, type Authority, type Pair } from './authority.ts';
import { distinguishedName, extension, signCertificate, toPem } from './certificate.ts';
import type { Names } from './names.ts';

/**
 * Thirteen months. Apple's clients take at most 825 days of a server whose authority a person trusts, and 398 of one that
 * they trust by themselves; Go and OpenSSL have no limit.
 */
const lifetime = 397 * 86_400_000;

/**
 * A new key and a certificate for these names. Which of them the authority may speak for is the caller's to look at.
 *
 * @param now milliseconds since 1970
 */
export function issueServerCertificate(authority: Authority, names: Names, now: number): Pair & { notAfter: number } {
  const { publicKey, pem } = newKey();
  const notAfter = Math.min(now + lifetime, authority.notAfter);
  const alternatives = [
    ...names.dns.map((dNSName) => new GeneralName({ dNSName })),
    ...names.addresses.map((iPAddress) => new GeneralName({ iPAddress })),
  ];
  const certificate = signCertificate({
    subject: distinguishedName('Stowage server'),
    publicKey,
    issuer: { name: authority.name, key: authority.key },
    notBefore: now - clockSkew,
    notAfter,
    extensions: [
      extension(id_ce_basicConstraints, new BasicConstraints(), true),
      extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.digitalSignature), true),
      extension(id_ce_extKeyUsage, new ExtendedKeyUsage([id_kp_serverAuth])),
      extension(id_ce_subjectAltName, new SubjectAlternativeName(alternatives)),
    ],
  });
  return { certificate: toPem(certificate), key: pem, notAfter };
}
