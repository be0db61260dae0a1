/** CNCF Distribution on loopback: files, descriptors cached in memory, no access log, no authentication, no traces. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../test/support/folders.ts';
import { goTool, missingGoTool } from '../test/support/go-tools.ts';
import { cleanEnv, freePort, startProcess, waitForUrl } from '../test/support/process.ts';
import { registryAt } from '../test/support/registry.ts';
import type { Subject } from './subjects.ts';

export const peerVersions = ['3.1.2', '2.8.2'] as const;
export type PeerVersion = (typeof peerVersions)[number];

const debianCommand = 'docker-registry';

function missingPeer(version: PeerVersion): string | undefined {
  if (version === '3.1.2') return missingGoTool('registry');
  const { error } = spawnSync(debianCommand, ['--version'], { env: cleanEnv() });
  return error ? `${debianCommand} not found` : undefined;
}

/** The peer that was asked for, or the newest that this machine can run. */
export function choosePeer(wanted?: PeerVersion): PeerVersion {
  const candidates = wanted === undefined ? peerVersions : [wanted];
  const reasons: string[] = [];
  for (const version of candidates) {
    const why = missingPeer(version);
    if (why === undefined) return version;
    reasons.push(`CNCF Distribution ${version}: ${why}`);
  }
  throw new Error(`there is nothing to compare with (${reasons.join('; ')})`);
}

function configuration(root: string, port: number): string {
  return JSON.stringify({
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: root },
      cache: { blobdescriptor: 'inmemory' },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: { addr: `127.0.0.1:${port}`, secret: 'bench' },
  });
}

export async function startPeer(version: PeerVersion): Promise<Subject> {
  const command = version === '3.1.2' ? await goTool('registry') : debianCommand;
  const folder = temporaryFolder('peer');
  const port = await freePort();
  const file = join(folder.path, 'config.yml');
  writeFileSync(file, configuration(join(folder.path, 'registry'), port));
  // 3.x would try to send traces
  const env = cleanEnv({ OTEL_TRACES_EXPORTER: 'none' });
  const child = startProcess(command, ['serve', file], { env });
  const close = async (): Promise<void> => {
    await child.stop();
    folder.remove();
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await waitForUrl(`${url}/v2/`, child);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    name: `CNCF Distribution ${version}`,
    host: '127.0.0.1',
    port,
    pid: child.pid,
    headers: [],
    url,
    registry: registryAt(url),
    createRepositories: async () => {},
    close,
  };
}
