import { createPrivateKey, generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_kp_serverAuth,
  KeyUsage,
  KeyUsageFlags,
  NameConstraints,
  type Name,
} from '@peculiar/asn1-x509';
import { distinguishedName, extension, keyIdentifier, signCertificate, toPem } from './certificate.ts';
import type { Names } from './names.ts';
import { CertificateRefusal } from './refusal.ts';

const day = 86_400_000;
/** Clocks differ: a certificate is good an hour before it was made. */
export const clockSkew = 3_600_000;
const lifetime = 3650 * day;

/** A certificate authority with its key. */
export interface Authority {
  readonly name: Name;
  readonly key: KeyObject;
  /** What it may speak for; undefined where nothing limits it. */
  readonly permitted: Names | undefined;
  /** Milliseconds since 1970 from which on nothing that it signed is good. */
  readonly notAfter: number;
}

/** A key and its certificate as they are written to files. */
export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

export function newKey(): { publicKey: KeyObject; privateKey: KeyObject; pem: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { publicKey, privateKey, pem: privateKey.export({ type: 'pkcs8', format: 'pem' }) };
}

/**
 * A new authority that can do one thing: sign certificates of servers, for the permitted names. Clients that do not
 * understand the limits have to refuse it, since they are critical.
 *
 * @param now milliseconds since 1970
 */
export function makeAuthority(permitted: Names, now: number): Pair {
  const { publicKey, privateKey, pem } = newKey();
  // Trust stores find an authority by its name: each has another.
  const name = distinguishedName(`Stowage CA ${keyIdentifier(publicKey).toString('hex', 0, 8)}`);
  const certificate = signCertificate({
    subject: name,
    publicKey,
    issuer: { name, key: privateKey },
    notBefore: now - clockSkew,
    notAfter: now + lifetime,
    extensions: [
      extension(id_ce_basicConstraints, new BasicConstraints({ cA: true, pathLenConstraint: 0 }), true),
      extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign), true),
      extension(id_ce_extKeyUsage, new ExtendedKeyUsage([id_kp_serverAuth])),
      extension(id_ce_nameConstraints, constraintsOf(permitted), true),
    ],
  });
  return { certificate: toPem(certificate), key: pem };
}

function constraintsOf({ dns, addresses }: Names): NameConstraints {
  const whole = (address: string): string => `${address}/${address.includes(':') ? 128 : 32}`;
  const bases = [
    ...dns.map((dNSName) => new GeneralName({ dNSName })),
    ...addresses.map((address) => new GeneralName({ iPAddress: whole(address) })),
  ];
  return new NameConstraints({
    permittedSubtrees: new GeneralSubtrees(bases.map((base) => new GeneralSubtree({ base }))),
  });
}

/**
 * An authority from its files, which `place` names in what is said.
 *
 * @throws CertificateRefusal for what is none, or none of ours, or has come to its end.
 */
export function readAuthority(pair: Pair, place: string, now: number): Authority {
  const certificate = readCertificate(pair.certificate, place);
  const key = readKey(pair.key, place);
  if (!certificate.checkPrivateKey(key))
    throw new CertificateRefusal(`${place}/ca.key is not the key of ${place}/ca.crt.`);
  if (!certificate.ca) throw new CertificateRefusal(`${place}/ca.crt is not the certificate of an authority.`);
  const notAfter = certificate.validToDate.getTime();
  if (notAfter <= now) {
    throw new CertificateRefusal(
      `The authority in ${place} ended on ${certificate.validToDate.toISOString().slice(0, 10)}: make a new one in another folder, for clients to trust.`,
    );
  }
  const { tbsCertificate } = AsnConvert.parse(certificate.raw, Certificate);
  const found = tbsCertificate.extensions?.find(({ extnID }) => extnID === id_ce_nameConstraints);
  const permitted =
    found === undefined ? undefined : readConstraints(AsnConvert.parse(found.extnValue, NameConstraints));
  return { name: tbsCertificate.subject, key, permitted, notAfter };
}

function readCertificate(pem: string, place: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new CertificateRefusal(`${place}/ca.crt is not a certificate.`);
  }
}

function readKey(pem: string, place: string): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(pem);
  } catch {
    // Said below: it is no key at all, or one under a password.
  }
  if (key?.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  throw new CertificateRefusal(`${place}/ca.key is not a key that stowage tls init made.`);
}

/** What is permitted, as far as it has the form that {@link makeAuthority} gives it. */
function readConstraints({ permittedSubtrees }: NameConstraints): Names {
  const bases = [...(permittedSubtrees ?? [])].map(({ base }) => base);
  return {
    dns: bases.flatMap(({ dNSName }) => dNSName ?? []),
    addresses: bases.flatMap(({ iPAddress }) => iPAddress?.replace(/\/(?:32|128)$/, '') ?? []),
  };
}
