/** A million images in a hundred thousand repositories: what each lookup and page costs beside an almost empty store. */
import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { temporaryFolder } from '../../test/support/folders.ts';
import { Connection } from '../drivers/connection.ts';
import { quantile } from '../drivers/sample.ts';
import { round } from '../report.ts';
import { median } from '../rounds.ts';
import { full, sparse } from '../scale/extent.ts';
import { probes, type Probe, type Seeded } from '../scale/probes.ts';
import { seed } from '../scale/seed.ts';
import { atMost, type Scenario } from '../scenario.ts';
import { startSubject } from '../subjects.ts';

/** One request after the other on one connection; signing is not timed. Gives the milliseconds of each. */
async function ask(probe: Probe, seeded: Seeded, seconds: number): Promise<number[]> {
  const connection = await Connection.open(seeded.subject);
  const next = probe.begin(seeded);
  const taken: number[] = [];
  const end = performance.now() + seconds * 1000;
  let before: Awaited<ReturnType<Connection['ask']>> | undefined;
  try {
    do {
      const wire = next(before);
      const began = performance.now();
      before = await connection.ask(wire);
      taken.push(performance.now() - began);
      if (before.status !== 200) throw new Error(`${probe.name}: ${before.status} ${before.body}`);
    } while (performance.now() < end);
  } finally {
    connection.close();
  }
  return taken;
}

/** p99 over the rounds, at first in the full store and then in the sparse one. */
async function compare(probe: Probe, pair: readonly [Seeded, Seeded], options: { rounds: number; seconds: number }) {
  const found: [number[], number[]] = [[], []];
  for (const seeded of pair) await ask(probe, seeded, options.seconds);
  for (let count = 0; count < options.rounds; count += 1) {
    for (const [side, seeded] of pair.entries()) {
      found[side]?.push(quantile(await ask(probe, seeded, options.seconds), 0.99));
    }
  }
  const [large, small] = [median(found[0]), median(found[1])];
  return { name: probe.name, large, small, ratio: large / small };
}

export const scale: Scenario = {
  name: 'scale',
  title: '1,000,000 images, 100,000 repositories: p99 of the worst lookup or page beside an almost empty store',
  target: atMost(3, 2, '×'),
  long: true,
  async run({ rounds, seconds }) {
    const folder = temporaryFolder('scale');
    const opened: Seeded[] = [];
    try {
      const places: string[] = [];
      let took = 0;
      for (const [name, extent] of Object.entries({ full, sparse })) {
        const data = join(folder.path, name);
        mkdirSync(data, { mode: 0o700 });
        took += await seed(data, extent);
        places.push(data);
        opened.push({ subject: await startSubject(data), extent });
      }
      const [large, small] = opened;
      if (!large || !small) throw new Error('two stores were to be filled');
      const compared = [];
      for (const probe of probes) compared.push(await compare(probe, [large, small], { rounds, seconds }));
      const worst = compared.toSorted((a, b) => b.ratio - a.ratio)[0];
      if (!worst) throw new Error('nothing was asked');
      const each = compared.map((one) => `${one.name} ${round(one.large)} / ${round(one.small)} ms`);
      return {
        figure: worst.ratio,
        sides: { stowage: `${round(worst.large)} ms`, peer: `${round(worst.small)} ms` },
        driver: 'node',
        rounds,
        note: `${each.join('; ')}; filled in ${Math.round(took)} s; the worst is ${worst.name}`,
      };
    } finally {
      for (const { subject } of opened) await subject.close();
      folder.remove();
    }
  },
};
