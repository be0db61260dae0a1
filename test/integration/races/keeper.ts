/** Time and the collector in a history. */
import {
  dropExpiredLinks,
  dropIdleUploads,
  forgetEndedUploads,
  removeDoomedBlobs,
  removeOrphans,
} from '../../../src/core/layers/collect.ts';
import type { RunningApp } from '../../support/app.ts';
import type { Chore, CollectorStep } from './commands.ts';
import type { Ask } from './player.ts';

const steps = {
  links: dropExpiredLinks,
  uploads: dropIdleUploads,
  ended: forgetEndedUploads,
  doomed: removeDoomedBlobs,
} as const;

export async function keep(ask: Ask, chore: Chore): Promise<void> {
  if (chore.kind !== 'pass') {
    await ask(chore);
    return;
  }
  await ask({ kind: 'advance', minutes: chore.minutes });
  await ask({ kind: 'collect', step: 'job' });
}

/** A step of the collector, as often as there is something to do at this moment. */
export async function runStep(running: RunningApp, step: CollectorStep): Promise<void> {
  const { app } = running;
  if (step === 'job') {
    for (const one of ['links', 'uploads', 'ended', 'doomed'] as const) await runStep(running, one);
    return;
  }
  if (step !== 'orphans') {
    while ((await steps[step](app, running.now())) > 0);
    return;
  }
  let after: string | undefined;
  do after = await removeOrphans(app, running.now(), after);
  while (after !== undefined);
}
