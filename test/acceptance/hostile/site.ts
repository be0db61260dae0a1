/** A server under attack: what it must be like before, meanwhile and afterwards. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { createRepositories, logIn } from '../../support/aws.ts';
import { seededImage, type Image } from '../../support/images.ts';
import { registryAt, type Registry } from '../../support/registry.ts';
import { startStowage, type Stowage } from '../../support/stowage.ts';

export interface Site {
  readonly server: Stowage;
  readonly registry: Registry;
  readonly authorization: string;
  /** Pushed to `hostile` as `good`. */
  readonly image: Image;
  /** Runs an attack while a well-behaved client pulls without a pause, every pull of which must succeed. */
  besieged<T>(attack: () => Promise<T>): Promise<T>;
  /** Nothing that is the server's fault was logged, and what was there before is served whole. */
  expectUnharmed(): Promise<void>;
  close(): Promise<void>;
}

export async function openSite(): Promise<Site> {
  const server = await startStowage();
  const { authorization } = await logIn(server);
  const registry = registryAt(server.url, authorization);
  const image = seededImage('hostile input', 2, 2_000);
  await createRepositories(server, 'hostile');
  await registry.pushImage('hostile', image, 'good');

  const pull = async (): Promise<void> => {
    const response = await registry.getManifest('hostile', 'good');
    const body = Buffer.from(await response.arrayBuffer());
    expect(response.status, body.toString()).toBe(200);
    expect(body.equals(image.manifest)).toBe(true);
  };

  return {
    server,
    registry,
    authorization,
    image,
    async besieged(attack) {
      const over = new AbortController();
      let pulls = 0;
      const bystander = async (): Promise<void> => {
        while (!over.signal.aborted) {
          await pull();
          pulls += 1;
        }
      };
      const served = bystander();
      // a pull that fails is told when the attack is over, and not as a rejection that nobody handles
      served.catch(() => undefined);
      try {
        return await attack();
      } finally {
        over.abort();
        await served;
        await pull();
        expect(pulls).toBeGreaterThan(0);
      }
    },
    async expectUnharmed() {
      await pull();
      expect(server.child.isRunning()).toBe(true);
      expect(server.child.stderr()).toBe('');
    },
    close: () => server.close(),
  };
}

/** Memory of a process in bytes: what it has now, and the most that it had since `forgetPeak`. */
export function memoryOf(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const read = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
  return { now: read('VmRSS'), peak: read('VmHWM') };
}

export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}
