import type { Uses } from '../core/app.ts';
import { dropOldServiceCredentials as drop } from '../core/iam/service-credentials.ts';
import type { RecurringJob } from './schedule.ts';

export function dropOldServiceCredentials(app: Uses<'store' | 'clock'>): RecurringJob {
  return {
    name: 'drop-old-service-credentials',
    interval: 24 * 60 * 60 * 1000,
    run: async () => {
      await drop(app, app.clock());
    },
  };
}
