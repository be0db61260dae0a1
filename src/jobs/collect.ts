import type { Uses } from '../core/app.ts';
import {
  dropExpiredLinks,
  dropIdleUploads,
  forgetEndedUploads,
  removeDoomedBlobs,
  type CollectorNeeds,
} from '../core/layers/collect.ts';
import type { RecurringJob } from './schedule.ts';

/** Drops what nobody refers to any more, then the bytes behind it, a few at a time. */
export function collect(app: CollectorNeeds & Uses<'clock'>): RecurringJob {
  const { lease, deletionGrace, uploadLife } = app.limits;
  return {
    name: 'collect',
    // Often enough for the shortest of the periods, and never more than every half second.
    interval: Math.min(30_000, Math.max(500, Math.min(lease, uploadLife, Math.max(deletionGrace, 1000)) / 4)),
    run: async (signal) => {
      for (const step of [dropExpiredLinks, dropIdleUploads, forgetEndedUploads, removeDoomedBlobs]) {
        while (!signal.aborted && (await step(app, app.clock())) > 0);
      }
    },
  };
}
