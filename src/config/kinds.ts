import { isIP } from 'node:net';
import { resolve } from 'node:path';

/**
 * The kinds of values that settings have. Every value is text first (a flag, a variable, a scalar of the YAML file) and is
 * read by the same parser wherever it stands. A parser throws {@link ValueError}, whose message goes on after the value:
 * `--listen: "4566" is not …`.
 */
export interface Kind<T> {
  /** What stands for the value in help and documentation, such as HOST:PORT. Empty for a switch. */
  readonly shape: string;
  /** A switch needs no value on the command line: `--name` is `--name=true`. */
  readonly switch?: boolean;
  /** A list may be given several times, with commas between, or as a YAML list. */
  readonly list?: boolean;
  /** `base` is the folder that a relative path starts from. */
  parse(text: string, base: string): T;
}

export class ValueError extends Error {}

/** Where a listener listens. Port 0 lets the system choose a free one. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** The name family of addresses that are told to clients which came to a bare endpoint (design: `--advertise`). */
export type Advertise =
  | { readonly family: 'host' }
  | { readonly family: 'aws' }
  | { readonly family: 'domain'; readonly domain: string };

const wrong = (text: string, why: string): never => {
  throw new ValueError(`"${text}" ${why}`);
};

const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Lower-case letters, digits and hyphens between dots, and no address of numbers (RFC 1123 §2.1). */
function isHostName(text: string): boolean {
  const labels = text.split('.');
  return text.length <= 253 && labels.every((part) => label.test(part)) && !/^\d+$/.test(labels.at(-1) ?? '');
}

/** True where nobody but this machine can connect to an address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** `host` as it stands in a URL: an IPv6 address in brackets. */
export function hostInUrl(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

export const path: Kind<string> = {
  shape: 'PATH',
  parse: (text, base) => resolve(base, text),
};

export const address: Kind<Address> = {
  shape: 'HOST:PORT',
  parse(text) {
    const parts = /^(?:\[(?<six>[^\]]+)\]|(?<name>[^:[\]]+)):(?<port>\d{1,5})$/.exec(text)?.groups;
    const host = parts?.['six'] ?? parts?.['name']?.toLowerCase() ?? '';
    const known = parts?.['six'] === undefined ? isIP(host) === 4 || isHostName(host) : isIP(host) === 6;
    const port = Number(parts?.['port']);
    if (!known || !(port <= 65535)) wrong(text, 'is not HOST:PORT, as in 127.0.0.1:4566 or [::1]:4566');
    return { host, port };
  },
};

export const flag: Kind<boolean> = {
  shape: '',
  switch: true,
  parse(text) {
    if (text === 'true' || text === '1') return true;
    if (text === 'false' || text === '0') return false;
    return wrong(text, 'is neither true nor false');
  },
};

export const account: Kind<string> = {
  shape: 'ID',
  parse: (text) => (/^\d{12}$/.test(text) ? text : wrong(text, 'is not an account id of 12 digits')),
};

export const domain: Kind<string> = {
  shape: 'NAME',
  parse(text) {
    const name = text.toLowerCase();
    return isHostName(name) ? name : wrong(text, 'is not a domain name, as in registry.example.com');
  },
};

/** One address, or a network as ADDRESS/BITS. */
export const network: Kind<string> = {
  shape: 'ADDRESS',
  parse(text) {
    const [host = '', bits, more] = text.split('/');
    const longest = { 0: -1, 4: 32, 6: 128 }[isIP(host)] ?? -1;
    const good =
      longest > 0 && more === undefined && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= longest));
    return good ? text : wrong(text, 'is not an IP address or a network, as in 10.0.0.7 or 10.0.0.0/8');
  },
};

/** An id as AWS gives them to endpoints and VPCs (`vpce-0a1b2c3d`), or a name of one's own behind the prefix. */
export function privateId(prefix: 'vpce' | 'vpc'): Kind<string> {
  return {
    shape: `${prefix}-NAME`,
    parse(text) {
      const name = text.startsWith(`${prefix}-`) ? text.slice(prefix.length + 1) : '';
      if (label.test(name)) return text;
      return wrong(text, `is not ${prefix}- and lower-case letters, digits and hyphens, as in ${prefix}-0a1b2c3d`);
    },
  };
}

export const advertise: Kind<Advertise> = {
  shape: 'FAMILY',
  parse(text, base) {
    if (text === 'host' || text === 'aws') return { family: text };
    if (text.startsWith('domain:'))
      return { family: 'domain', domain: domain.parse(text.slice('domain:'.length), base) };
    return wrong(text, 'is not host, aws or domain:NAME');
  },
};

/** A whole number of seconds, kept in milliseconds. */
export function seconds(range: { least: number; most: number }): Kind<number> {
  return {
    shape: 'S',
    parse(text) {
      const count = /^\d{1,10}$/.test(text) ? Number(text) : -1;
      if (count >= range.least && count <= range.most) return count * 1000;
      return wrong(text, `is not a whole number of seconds from ${range.least} to ${range.most}`);
    },
  };
}

export function oneOf<const T extends string>(shape: string, values: readonly T[]): Kind<T> {
  return {
    shape,
    parse: (text) => values.find((value) => value === text) ?? wrong(text, `is not one of ${values.join(', ')}`),
  };
}

/** A folder of this machine as `file:` (the default folder) or `file:PATH`. URLs are not repeated: they may hold passwords. */
export const blobsUrl: Kind<{ readonly folder: string | undefined }> = {
  shape: 'URL',
  parse(text, base) {
    if (text.startsWith('s3:')) throw new ValueError('object stores are not built yet: they come with a later version');
    if (!text.startsWith('file:')) throw new ValueError('this is no URL of a blob store, as in file:/srv/blobs');
    const folder = text.slice('file:'.length).replace(/^\/\/(?=\/)/, '');
    return { folder: folder === '' ? undefined : resolve(base, folder) };
  },
};

/** A value that nothing reads yet; the setting says so itself. */
export function unread(shape: string): Kind<undefined> {
  return { shape, parse: () => undefined };
}

export function listOf<T>(kind: Kind<T>): Kind<readonly T[]> {
  const parts = (text: string): string[] => text.split(',').map((part) => part.trim());
  return {
    shape: kind.shape,
    list: true,
    parse: (text, base) =>
      parts(text)
        .filter((part) => part !== '')
        .map((part) => kind.parse(part, base)),
  };
}
