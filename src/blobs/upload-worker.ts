import { parentPort, workerData } from 'node:worker_threads';
import { createFilesystemBytes } from './filesystem.ts';
import { createUploadEngine, type EngineJob } from './upload-engine.ts';
import { type FromWorker, type ToWorker, toPlainError, type WorkerOptions } from './upload-messages.ts';

/*
 * The start of a worker thread: the upload engine over the same store, driven by messages. The messages of one job are
 * done one after another, those of different jobs next to each other.
 */

interface Running {
  readonly job: EngineJob;
  work: Promise<void>;
  failed: boolean;
}

const port = parentPort;
if (port === null) throw new Error('This file is the start of a worker thread');
const { place } = workerData as WorkerOptions;
const engine = createUploadEngine(createFilesystemBytes(place));
const jobs = new Map<number, Running>();

const say = (message: FromWorker, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);

/** Adds a step to a job. A step that fails closes the job's file before it is told, and no step follows it. */
function step(id: number, run: (job: EngineJob) => Promise<void>): void {
  const running = jobs.get(id);
  if (running === undefined) return;
  running.work = running.work.then(() => runStep(id, running, run));
}

async function runStep(id: number, running: Running, run: (job: EngineJob) => Promise<void>): Promise<void> {
  if (running.failed) return;
  try {
    await run(running.job);
  } catch (error) {
    running.failed = true;
    jobs.delete(id);
    await running.job.abandon().catch(() => {});
    say({ type: 'failed', job: id, error: toPlainError(error) });
  }
}

port.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'begin': {
      const { job, start } = message;
      jobs.set(job, { job: engine.begin(start), work: Promise.resolve(), failed: false });
      start.dataKey.fill(0);
      return;
    }
    case 'segment': {
      const { job: id, memory } = message;
      return step(id, async (job) => {
        await job.segment(Buffer.from(memory));
        say({ type: 'free', job: id, memory }, [memory]);
      });
    }
    case 'end': {
      const { job: id, memory, length } = message;
      return step(id, async (job) => {
        const result = await job.end(Buffer.from(memory, 0, length));
        jobs.delete(id);
        say({ type: 'done', job: id, memory, result }, [memory]);
      });
    }
    case 'abandon': {
      const { job: id } = message;
      return step(id, async (job) => {
        await job.abandon();
        jobs.delete(id);
        say({ type: 'abandoned', job: id });
      });
    }
    case 'forget':
      return engine.forget(message.uploadId);
  }
});
