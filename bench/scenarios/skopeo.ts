/** A real client with an image of many tiny layers: wall time of `skopeo copy` into the registry. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { temporaryFolder } from '../../test/support/folders.ts';
import { writeLayout } from '../../test/support/image-files.ts';
import { seededImage } from '../../test/support/images.ts';
import { cleanEnv, runOk } from '../../test/support/process.ts';
import { sample, type Sample } from '../drivers/sample.ts';
import { withRepositories } from '../fixtures.ts';
import { alternate } from '../rounds.ts';
import { round } from '../report.ts';
import { times, type Scenario } from '../scenario.ts';
import type { Subject } from '../subjects.ts';

const layers = 50;
const bytesOfLayer = 512;

const wall = ({ rate }: Sample): string => `${round(1000 / rate)} ms`;

export const skopeo: Scenario = {
  name: 'skopeo-copy-50',
  title: `skopeo copy of ${layers} tiny layers, wall time`,
  target: times(1.5, 2.2, 1.5),
  async run(bench) {
    if (spawnSync('skopeo', ['--version'], { env: cleanEnv() }).error) return { skipped: 'skopeo not found' };
    const folder = temporaryFolder('skopeo');
    let count = 0;
    const measure = async (subject: Subject): Promise<Sample> => {
      const name = `image-${count++}`;
      // new for each copy: neither skopeo nor a server may know its layers
      await writeLayout(join(folder.path, name), { it: seededImage(name, layers, bytesOfLayer) });
      const login = subject.login === undefined ? [] : ['--dest-creds', subject.login];
      const target = `docker://${subject.host}:${subject.port}/bench/push:${name}`;
      const words = ['--insecure-policy', 'copy', '-q', '--dest-tls-verify=false', ...login];
      return await sample(subject, async () => {
        const began = performance.now();
        await runOk('skopeo', [...words, `oci:${join(folder.path, name)}:it`, target]);
        const taken = performance.now() - began;
        return { operations: 1, seconds: taken / 1000, p99: taken };
      });
    };
    try {
      const result = await alternate({ bench, driver: 'skopeo', prepare: withRepositories, measure });
      const { compared } = result;
      return compared === undefined
        ? result
        : { ...result, sides: { stowage: wall(compared.stowage), peer: wall(compared.peer) } };
    } finally {
      folder.remove();
    }
  },
};
