/** moto_server, a stand-in for the AWS API in Python: put into a folder of its own with pip, once. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ecrClient } from '../test/support/aws.ts';
import { toolsFolder } from '../test/support/go-tools.ts';
import { cleanEnv, freePort, run, startProcess, waitForUrl } from '../test/support/process.ts';
import type { Credentials } from '../test/support/stowage.ts';
import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import type { Served } from './subjects.ts';

export const motoVersion = '5.2.1';

export interface Moto extends Served {
  readonly credentials: Credentials;
  createRepository(name: string): Promise<void>;
  close(): Promise<void>;
}

/** Where moto is now; or why it cannot be had, as `missing`. */
async function installMoto(): Promise<{ command: string } | { missing: string }> {
  const folder = join(toolsFolder(), `moto-${motoVersion}`);
  const command = join(folder, 'bin', 'moto_server');
  const marker = join(folder, 'complete');
  if (existsSync(marker)) return { command };
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(toolsFolder(), { recursive: true, mode: 0o700 });
  const steps: [string, string[]][] = [
    ['python3', ['-m', 'venv', folder]],
    [join(folder, 'bin', 'pip'), ['install', '-q', `moto[server,ecr]==${motoVersion}`]],
  ];
  for (const [program, words] of steps) {
    const { code, stderr } = await run(program, words, { timeout: 600_000 });
    if (code !== 0) return { missing: `moto could not be installed: ${stderr.trim().split('\n').at(-1) ?? program}` };
  }
  writeFileSync(marker, '');
  return { command };
}

export async function startMoto(): Promise<Moto | { missing: string }> {
  const installed = await installMoto();
  if ('missing' in installed) return installed;
  const port = await freePort();
  const child = startProcess(installed.command, ['-H', '127.0.0.1', '-p', String(port)], {
    env: cleanEnv({ PYTHONUNBUFFERED: '1' }),
  });
  const url = `http://127.0.0.1:${port}`;
  const credentials = { accessKeyId: 'testing', secretAccessKey: 'testing' };
  try {
    await waitForUrl(`${url}/moto-api/data.json`, child);
  } catch (error) {
    await child.stop();
    throw error;
  }
  return {
    name: `moto_server ${motoVersion}`,
    host: '127.0.0.1',
    port,
    pid: child.pid,
    headers: [],
    url,
    credentials,
    async createRepository(repositoryName) {
      const client = ecrClient({ url, credentials });
      await client.send(new CreateRepositoryCommand({ repositoryName }));
      client.destroy();
    },
    async close() {
      await child.stop();
    },
  };
}
