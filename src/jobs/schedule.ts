import type { Log } from '../telemetry/log.ts';

/** Work that is done again and again. It takes small steps and looks at `signal` between them. */
export interface RecurringJob {
  readonly name: string;
  /** Milliseconds between the end of one run and the start of the next. */
  readonly interval: number;
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/** Runs each job by its interval, never twice at once. A run that fails is logged and tried again at its next time. */
export function startSchedule(jobs: readonly RecurringJob[], log: Log): { close(): Promise<void> } {
  const stop = new AbortController();
  const loops = jobs.map((job) => repeat(job, stop.signal, log));
  return {
    close: async () => {
      stop.abort();
      await Promise.all(loops);
    },
  };
}

async function repeat(job: RecurringJob, signal: AbortSignal, log: Log): Promise<void> {
  for (;;) {
    await sleep(job.interval, signal);
    if (signal.aborted) return;
    try {
      await job.run(signal);
    } catch (error) {
      log.error({ err: error, job: job.name }, 'a job failed');
    }
  }
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
