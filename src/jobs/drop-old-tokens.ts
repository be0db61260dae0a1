import type { Uses } from '../core/app.ts';
import { dropOldTokens as drop } from '../core/iam/login-tokens.ts';
import type { RecurringJob } from './schedule.ts';

export function dropOldTokens(app: Uses<'store' | 'clock'>): RecurringJob {
  return {
    name: 'drop-old-tokens',
    interval: 60 * 60 * 1000,
    run: async () => {
      await drop(app, app.clock());
    },
  };
}
