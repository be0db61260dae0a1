import type { Uses } from '../core/app.ts';
import { removeOrphans as step, type CollectorNeeds } from '../core/layers/collect.ts';
import type { RecurringJob } from './schedule.ts';

/** Walks through all stored bytes for those that no row names. */
export function removeOrphans(app: CollectorNeeds & Uses<'clock'>): RecurringJob {
  return {
    name: 'remove-orphans',
    interval: 60 * 60 * 1000,
    run: async (signal) => {
      let after: string | undefined;
      do after = await step(app, app.clock(), after);
      while (after !== undefined && !signal.aborted);
    },
  };
}
