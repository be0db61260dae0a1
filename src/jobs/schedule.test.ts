import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startSchedule } from './schedule.ts';

describe('the schedule', () => {
  let lines: Record<string, unknown>[];
  const log = pino(
    { base: null },
    { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  beforeEach(() => {
    lines = [];
    vi.useFakeTimers();
  });
  afterEach(() => vi.useRealTimers());

  const pass = (milliseconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds);

  it('runs each job by its own interval, first after one of it', async () => {
    const runs: string[] = [];
    const job = (name: string, interval: number) => ({ name, interval, run: async () => void runs.push(name) });
    const schedule = startSchedule([job('often', 100), job('rarely', 250)], log);
    await pass(99);
    expect(runs).toEqual([]);
    await pass(201);
    expect(runs).toEqual(['often', 'often', 'rarely', 'often']);
    await schedule.close();
  });

  it('counts the interval from the end of a run, and never runs a job twice at once', async () => {
    let running = 0;
    let most = 0;
    let runs = 0;
    const run = async (): Promise<void> => {
      runs += 1;
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      running -= 1;
    };
    const schedule = startSchedule([{ name: 'slow', interval: 100, run }], log);
    await pass(1199);
    expect(runs).toBe(1);
    await pass(1);
    expect([runs, most]).toEqual([2, 1]);
    const closing = schedule.close();
    await pass(1000);
    await closing;
  });

  it('logs a run that fails with its reason, and tries again at the next time', async () => {
    let runs = 0;
    const run = async (): Promise<void> => {
      runs += 1;
      if (runs === 1) throw new Error('the disk is gone');
    };
    const schedule = startSchedule([{ name: 'collect', interval: 100, run }], log);
    await pass(200);
    expect(runs).toBe(2);
    expect(lines).toMatchObject([{ job: 'collect', err: { message: 'the disk is gone' } }]);
    await schedule.close();
  });

  it('keeps the other jobs running when one fails each time', async () => {
    let runs = 0;
    const fails = { name: 'fails', interval: 10, run: () => Promise.reject(new Error('no')) };
    const schedule = startSchedule([fails, { name: 'works', interval: 10, run: async () => void (runs += 1) }], log);
    await pass(50);
    expect([runs, lines.length]).toEqual([5, 5]);
    await schedule.close();
  });

  it('does not wait for the next time when it is closed, and runs nothing afterwards', async () => {
    let runs = 0;
    const schedule = startSchedule([{ name: 'hourly', interval: 3_600_000, run: async () => void (runs += 1) }], log);
    await schedule.close();
    expect(vi.getTimerCount()).toBe(0);
    await pass(7_200_000);
    expect(runs).toBe(0);
  });

  it('tells a run that it should stop, and waits until it has', async () => {
    const seen: boolean[] = [];
    const run = async (signal: AbortSignal): Promise<void> => {
      while (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 10));
      seen.push(signal.aborted);
    };
    const schedule = startSchedule([{ name: 'long', interval: 100, run }], log);
    await pass(150);
    let closed = false;
    const closing = schedule.close().then(() => (closed = true));
    await Promise.resolve();
    expect([closed, seen]).toEqual([false, []]);
    await pass(10);
    await closing;
    expect(seen).toEqual([true]);
  });
});
