/**
 * A network and a mount namespace of a test's own: every port of its loopback is free, nothing outside can be reached,
 * the names that the test lists lead to an address of its own, its CA stands where programs look for the machine's, and
 * what programs keep under /run and /var/lib is forgotten. Nothing of the machine is changed.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { execPath } from 'node:process';
import type { Commands } from '../commands.ts';
import { temporaryFolder } from '../folders.ts';
import { run, runOk, startProcess, until, type StartOptions } from '../process.ts';

export interface Namespace extends Commands {
  /** Has more host names lead to this machine inside. */
  addNames(names: readonly string[]): void;
  /** From outside, a connection to one of the `ports` of 127.0.0.1 inside. */
  connect(port: number): Socket;
  close(): Promise<void>;
}

export interface NamespaceOptions {
  readonly names: readonly string[];
  /** A file of CA certificates, trusted inside together with the machine's. */
  readonly ca: string;
  /** Ports inside that this process wants to reach. */
  readonly ports: readonly number[];
}

/** Where Debian's programs look for the CAs that are trusted. */
export const machineCas = '/etc/ssl/certs/ca-certificates.crt';

/** Where the names lead: not to a loopback address, since docker believes those without looking at a certificate. */
const namedAddress = '192.0.2.1';

// propagation is private: what is mounted here is seen by nobody else, and goes with the last process inside
const setUp = `
ip link set lo up
ip address add $5/32 dev lo
mount --bind "$1/hosts" /etc/hosts
mount --bind "$1/ca-certificates.crt" ${machineCas}
mount -t tmpfs none /run
mount -t tmpfs none /var/lib
exec "$2" "$3" "$1" $4
`;

const hostsLines = (names: readonly string[]): string => names.map((name) => `${namedAddress} ${name}\n`).join('');

export async function makeNamespace({ names, ca, ports }: NamespaceOptions): Promise<Namespace> {
  const folder = temporaryFolder('ns');
  const hosts = join(folder.path, 'hosts');
  writeFileSync(hosts, `127.0.0.1 localhost\n::1 localhost\n${hostsLines(names)}`);
  writeFileSync(
    join(folder.path, 'ca-certificates.crt'),
    `${readFileSync(machineCas, 'utf8')}\n${readFileSync(ca, 'utf8')}`,
  );
  const relay = join(import.meta.dirname, 'namespace-relay.ts');
  const keeper = startProcess('unshare', [
    ...['--mount', '--net', '--propagation', 'private', 'sh', '-euc', setUp],
    ...['sh', folder.path, execPath, relay, ports.join(' '), namedAddress],
  ]);
  await until('the namespace is set up', () => existsSync(join(folder.path, 'ready')) || undefined, { child: keeper });

  const enter = (command: string, args: readonly string[], options?: StartOptions): string[] => [
    ...['--target', String(keeper.pid), '--mount', '--net'],
    ...(options?.cwd === undefined ? [] : [`--wdns=${options.cwd}`]),
    ...[command, ...args],
  ];
  return {
    start: (command, args, options) => startProcess('nsenter', enter(command, args, options), options),
    run: async (command, args, options) => await run('nsenter', enter(command, args, options), options),
    ok: async (command, args, options) => await runOk('nsenter', enter(command, args, options), options),
    addNames: (more) => appendFileSync(hosts, hostsLines(more)),
    connect: (port) => connect(join(folder.path, String(port))),
    async close() {
      await keeper.stop();
      folder.remove();
    },
  };
}
