import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../telemetry/log.ts';

/** A certificate chain and its key as PEM, known to belong together. */
export interface CertificatePair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** The pair in a folder, read again when its files change. */
export interface Certificates {
  readonly current: CertificatePair;
  /** Told about each new pair. */
  onChange(listener: (pair: CertificatePair) => void): void;
  close(): void;
}

export interface WatchOptions {
  /** The folder with `server.crt` and `server.key`. */
  readonly folder: string;
  readonly log: Log;
  /** Milliseconds between looks at the files. */
  readonly every?: number | undefined;
}

/** Why there is no usable certificate in a folder: one sentence for the operator. */
export class CertificateError extends Error {}

/**
 * Reads the pair and looks every second whether its files have changed: a folder that is swapped as a whole (a mounted
 * secret) tells no watcher. A pair that is broken, or half written, is logged once and the old one stays.
 * @throws CertificateError when there is no good pair to begin with.
 */
export async function watchCertificates({ folder, log, every = 1000 }: WatchOptions): Promise<Certificates> {
  const files = { cert: join(folder, 'server.crt'), key: join(folder, 'server.key') };
  let seen = await marksOf(files);
  let current = await readPair(files);
  warnOfDates(current, log);
  const listeners: ((pair: CertificatePair) => void)[] = [];
  let busy = false;
  const look = async (): Promise<void> => {
    const marks = await marksOf(files);
    if (marks === seen) return;
    seen = marks;
    try {
      current = await readPair(files);
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      log.error({ folder, why: error.message }, 'the new certificate cannot be used; the one before stays in use');
      return;
    }
    log.warn({ folder }, 'a new certificate is in use');
    warnOfDates(current, log);
    for (const listener of listeners) listener(current);
  };
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    void look()
      .catch((error: unknown) => log.error({ err: error, folder }, 'looking at the certificate failed'))
      .finally(() => (busy = false));
  }, every).unref();
  return {
    get current() {
      return current;
    },
    onChange: (listener) => void listeners.push(listener),
    close: () => clearInterval(timer),
  };
}

type Files = { readonly cert: string; readonly key: string };

/** What tells one state of the files from the next without reading them. */
async function marksOf(files: Files): Promise<string> {
  const mark = async (file: string): Promise<string> => {
    try {
      const { ino, size, mtimeNs } = await stat(file, { bigint: true });
      return `${ino}/${size}/${mtimeNs}`;
    } catch {
      return 'gone';
    }
  };
  return (await Promise.all([mark(files.cert), mark(files.key)])).join(' ');
}

async function readPair(files: Files): Promise<CertificatePair> {
  // One after the other, so that of two missing files the same one is always named.
  const cert = await readPart(files.cert);
  const key = await readPart(files.key);
  const leaf = parse(files.cert, 'no certificate', () => new X509Certificate(cert));
  const secret = parse(files.key, 'no private key without a passphrase', () => createPrivateKey(key));
  if (!leaf.checkPrivateKey(secret)) throw new CertificateError(`${files.key} is not the key of ${files.cert}.`);
  return { cert, key };
}

async function readPart(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new CertificateError(`${file} cannot be read (${(cause as NodeJS.ErrnoException).code}).`, { cause });
  }
}

function parse<T>(file: string, what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new CertificateError(`${file} holds ${what} in PEM form.`, { cause });
  }
}

function warnOfDates({ cert }: CertificatePair, log: Log): void {
  const { validFromDate, validToDate, subject } = new X509Certificate(cert);
  const now = Date.now();
  if (now < validFromDate.getTime() || now > validToDate.getTime()) {
    const dates = { from: validFromDate.toISOString(), to: validToDate.toISOString() };
    log.error({ subject, ...dates }, 'the certificate is out of its dates: clients refuse it');
  }
}
