/** The two servers that are compared: Stowage as anybody would start it, and the peer beside it on the same machine. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRepositories, logIn } from '../test/support/aws.ts';
import { temporaryFolder } from '../test/support/folders.ts';
import { freePort } from '../test/support/process.ts';
import { registryAt, type Registry } from '../test/support/registry.ts';
import { region, startStowage, stowage, type Credentials } from '../test/support/stowage.ts';
import { startPeer, type PeerVersion } from './peer.ts';

/** A server as the drivers see it. */
export interface Served {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** The process that serves; its processor time and memory are taken. */
  readonly pid: number;
  /** What every request carries: `Authorization: …` where the server wants it. */
  readonly headers: readonly string[];
  readonly url: string;
  /** Where the server speaks TLS, the authority that vouches for it. */
  readonly authority?: Buffer;
}

export interface Subject extends Served {
  /** The same server's other listener, where it has one. */
  readonly overTls?: Served;
  /** User and password as skopeo takes them. */
  readonly login?: string;
  readonly credentials?: Credentials;
  readonly registry: Registry;
  /** Makes repositories that the server does not make by itself. */
  createRepositories(...names: string[]): Promise<void>;
  close(): Promise<void>;
}

export interface Pair {
  readonly stowage: Subject;
  readonly peer: Subject;
}

const host = '127.0.0.1';

export async function startSubject(data?: string): Promise<Subject> {
  const certificates = temporaryFolder('tls');
  const made = await stowage(['tls', 'init', '--out', certificates.path, '--region', region]);
  if (made.code !== 0) throw new Error(`no certificates: ${made.stderr}`);
  const tlsPort = await freePort();
  const flags = ['--tls-listen', `${host}:${tlsPort}`, '--tls-dir', certificates.path];
  const server = await startStowage({ data, flags });
  const { authorization, password } = await logIn(server);
  const served = { name: 'Stowage', host, pid: server.child.pid, headers: [`Authorization: ${authorization}`] };
  const authority = readFileSync(join(certificates.path, 'ca.crt'));
  return {
    ...served,
    port: server.port,
    url: server.url,
    overTls: { ...served, port: tlsPort, url: `https://${host}:${tlsPort}`, authority },
    login: `AWS:${password}`,
    credentials: server.credentials,
    registry: registryAt(server.url, authorization),
    createRepositories: async (...names) => await createRepositories(server, ...names),
    async close() {
      await server.close();
      certificates.remove();
    },
  };
}

export async function startPair(version: PeerVersion): Promise<Pair> {
  const stowage = await startSubject();
  try {
    return { stowage, peer: await startPeer(version) };
  } catch (error) {
    await stowage.close();
    throw error;
  }
}
