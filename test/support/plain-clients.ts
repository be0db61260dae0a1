/** Clients of a server on plain HTTP, with the verbs that they have on AWS's names (true-names/named-clients.ts). */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onMachine } from './commands.ts';
import { temporaryFolder } from './folders.ts';
import { startClient, type ClientName, type NamedClient } from './true-names/named-clients.ts';

/**
 * docker takes plain HTTP for loopback addresses as it is; skopeo is told of the hosts, as a user is told to, in a
 * registries.conf of a home of its own.
 */
export async function startPlainClient(name: Extract<ClientName, 'docker' | 'skopeo'>, hosts: readonly string[]) {
  const home = temporaryFolder('home');
  const folder = join(home.path, '.config', 'containers');
  mkdirSync(folder, { recursive: true });
  const entries = hosts.map((host) => `[[registry]]\nlocation = "${host}"\ninsecure = true\n`);
  writeFileSync(join(folder, 'registries.conf'), entries.join('\n'));
  const client: NamedClient = await startClient(name, { commands: onMachine, env: { HOME: home.path } });
  return {
    ...client,
    async close() {
      await client.close();
      home.remove();
    },
  };
}
