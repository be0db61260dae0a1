import type { App } from '../core/app.ts';
import { collect } from './collect.ts';
import { dropOldServiceCredentials } from './drop-old-service-credentials.ts';
import { dropOldTokens } from './drop-old-tokens.ts';
import { removeOrphans } from './remove-orphans.ts';
import type { RecurringJob } from './schedule.ts';

/** Every job that recurs. */
export const recurringJobs: readonly ((app: App) => RecurringJob)[] = [
  collect,
  removeOrphans,
  dropOldTokens,
  dropOldServiceCredentials,
];
