import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeAuthority, readAuthority, type Authority, type Pair } from './authority.ts';
import { putFiles, removeFile } from './files.ts';
import { findForbidden, isTooManyFor, permittedNames, serverNames, type Wanted } from './names.ts';
import { CertificateRefusal } from './refusal.ts';
import { issueServerCertificate } from './server-certificate.ts';

/*
 * The folder:
 *
 *   ca.crt       the authority, for clients to trust; made once, never replaced
 *   ca.key       its key, which only this command needs; may lie elsewhere, or be gone
 *   server.crt   what a listener shows (--tls-dir), and its key; replaced every time
 *   server.key
 */
const names = ['ca.crt', 'ca.key', 'server.crt', 'server.key'] as const;

const forOwner = 0o600;
const forAll = 0o644;

export interface TlsFolderRequest extends Wanted {
  readonly folder: string;
  /** Leaves no key of the authority behind: nobody, not even its owner, can use it again. */
  readonly dropAuthorityKey: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface TlsFolder {
  /** Whether clients have to come to trust a new authority. */
  readonly isNewAuthority: boolean;
  /** Milliseconds since 1970 until which the server's certificate is good. */
  readonly notAfter: number;
}

/**
 * Makes an authority where the folder has none, and a certificate of the server under the one that it has then.
 *
 * @throws CertificateRefusal before anything is written, but where writing itself fails.
 */
export function fillTlsFolder(request: TlsFolderRequest): TlsFolder {
  const { folder, now } = request;
  const found = findAuthority(folder, now);
  const made = found === undefined ? makeAuthority(permittedNames(request), now) : undefined;
  const authority = found ?? readAuthority(made as Pair, folder, now);
  const server = issue(authority, request);

  if (made !== undefined) putAuthority(made, request);
  putFiles(
    folder,
    [
      { name: 'server.key', content: server.key, mode: forOwner },
      { name: 'server.crt', content: server.certificate, mode: forAll },
    ],
    { replace: true },
  );
  if (request.dropAuthorityKey) removeFile(folder, 'ca.key');
  return { isNewAuthority: made !== undefined, notAfter: server.notAfter };
}

function findAuthority(folder: string, now: number): Authority | undefined {
  const there = new Set(names.filter((name) => existsSync(join(folder, name))));
  if (there.has('ca.crt') && there.has('ca.key')) {
    const [certificate, key] = [read(folder, 'ca.crt'), read(folder, 'ca.key')];
    return readAuthority({ certificate, key }, folder, now);
  }
  if (there.has('ca.crt')) {
    throw new CertificateRefusal(
      `${folder} has the authority ca.crt but not its key, so nothing more can be signed with it: put ca.key back, or make a new authority in another folder.`,
    );
  }
  if (there.has('ca.key')) {
    throw new CertificateRefusal(
      `${folder} has a ca.key but not its certificate: put ca.crt back, or make a new authority in another folder.`,
    );
  }
  const [foreign] = there;
  if (foreign !== undefined) {
    throw new CertificateRefusal(
      `${folder} has a ${foreign} that no authority in it has signed; it is not replaced: take another folder.`,
    );
  }
  return undefined;
}

function read(folder: string, name: string): string {
  try {
    return readFileSync(join(folder, name), 'utf8');
  } catch (cause) {
    throw new CertificateRefusal(`${join(folder, name)} cannot be read (${(cause as NodeJS.ErrnoException).code}).`, {
      cause,
    });
  }
}

function issue(authority: Authority, request: TlsFolderRequest): Pair & { notAfter: number } {
  const wanted = serverNames(request);
  const [forbidden] = findForbidden(wanted, authority.permitted);
  if (forbidden !== undefined) {
    throw new CertificateRefusal(
      `The authority in ${request.folder} may not speak for ${forbidden}: make one that may in another folder, for clients to trust.`,
    );
  }
  if (isTooManyFor(wanted, authority.permitted)) {
    throw new CertificateRefusal(
      `${request.regions.length} regions give one certificate more names than clients look through: name fewer with --region.`,
    );
  }
  return issueServerCertificate(authority, wanted, request.now);
}

/** The key first: an authority whose key was lost on the way is of no use to anybody. */
function putAuthority({ certificate, key }: Pair, { folder, dropAuthorityKey }: TlsFolderRequest): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new CertificateRefusal(`The folder ${folder} cannot be made (${(cause as NodeJS.ErrnoException).code}).`, {
      cause,
    });
  }
  const keyFile = { name: 'ca.key', content: key, mode: forOwner };
  const certificateFile = { name: 'ca.crt', content: certificate, mode: forAll };
  putFiles(folder, dropAuthorityKey ? [certificateFile] : [keyFile, certificateFile], { replace: false });
}
