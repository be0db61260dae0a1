import { Worker } from 'node:worker_threads';
import type { BufferPool } from './buffers.ts';
import type { StorePlace } from './port.ts';
import type { JobResult, JobStart } from './upload-engine.ts';
import type { UploadHost, UploadHosts, UploadJob } from './upload-hosts.ts';
import { type FromWorker, fromPlainError, type ToWorker, type WorkerOptions } from './upload-messages.ts';

/** Buffers that one upload may have on their way: one that is filled, one that waits, one that is worked on. */
const buffersPerJob = 3;

/** The same file name whether this runs from the sources or from built JavaScript. */
const workerUrl = new URL(`./upload-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);

/** A few worker threads, started when the first large uploads come. One that dies fails its jobs and is replaced. */
export function createWorkerHosts(options: { place: StorePlace; workers: number; pool: BufferPool }): UploadHosts {
  const { place, workers, pool } = options;
  const hosts = new Set<WorkerHost>();
  const start = (): WorkerHost => {
    const host = new WorkerHost(place, pool, () => hosts.delete(host));
    hosts.add(host);
    return host;
  };
  return {
    pick() {
      const [idlest] = [...hosts].filter((host) => host.alive).toSorted((a, b) => a.load - b.load);
      return idlest === undefined || (idlest.load > 0 && hosts.size < workers) ? start() : idlest;
    },
    async close() {
      await Promise.all([...hosts].map((host) => host.close()));
    },
  };
}

class WorkerHost implements UploadHost {
  readonly #worker: Worker;
  readonly #pool: BufferPool;
  readonly #jobs = new Map<number, RemoteJob>();
  #nextJob = 0;
  #failure: Error | undefined;

  constructor(place: StorePlace, pool: BufferPool, onEnd: () => void) {
    this.#pool = pool;
    const workerData: WorkerOptions = { place };
    this.#worker = new Worker(workerUrl, { workerData, name: 'uploads' });
    this.#worker.unref();
    this.#worker.on('message', (message: FromWorker) => this.#receive(message));
    this.#worker.on('error', (cause) => {
      this.#failure = new Error('A worker thread for uploads has died', { cause });
    });
    // Only now is it certain that the thread writes nothing any more.
    this.#worker.on('exit', () => {
      this.#failure ??= new Error('A worker thread for uploads has ended');
      onEnd();
      for (const job of this.#jobs.values()) job.fail(this.#failure);
      this.#jobs.clear();
    });
  }

  get alive(): boolean {
    return this.#failure === undefined;
  }

  get load(): number {
    return this.#jobs.size;
  }

  begin(start: JobStart): UploadJob {
    if (this.#failure !== undefined) throw this.#failure;
    const id = (this.#nextJob += 1);
    const job = new RemoteJob(id, start.segmentSize, this.#pool, (message, transfer) => this.#say(message, transfer));
    this.#jobs.set(id, job);
    // A worker with nothing to do does not keep the process alive.
    if (this.#jobs.size === 1) this.#worker.ref();
    this.#say({ type: 'begin', job: id, start });
    return job;
  }

  forget(uploadId: string): void {
    this.#say({ type: 'forget', uploadId });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #say(message: ToWorker, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #receive(message: FromWorker): void {
    const job = this.#jobs.get(message.job);
    if (message.type === 'free') return job?.free(message.memory);
    this.#jobs.delete(message.job);
    if (this.#jobs.size === 0) this.#worker.unref();
    if (message.type === 'failed') return job?.fail(fromPlainError(message.error));
    job?.finish(message.type === 'done' ? message : undefined);
  }
}

type Say = (message: ToWorker, transfer?: readonly ArrayBuffer[]) => void;

class RemoteJob implements UploadJob {
  readonly #id: number;
  readonly #segmentSize: number;
  readonly #pool: BufferPool;
  readonly #say: Say;
  readonly #free: Buffer[] = [];
  readonly #result = Promise.withResolvers<JobResult>();
  readonly #over = Promise.withResolvers<void>();
  #taken = 0;
  #waiting: (() => void) | undefined;
  #failure: Error | undefined;

  constructor(id: number, segmentSize: number, pool: BufferPool, say: Say) {
    this.#id = id;
    this.#segmentSize = segmentSize;
    this.#pool = pool;
    this.#say = say;
    this.#result.promise.catch(() => {});
  }

  async room(): Promise<Buffer> {
    while (this.#free.length === 0 && this.#taken === buffersPerJob && this.#failure === undefined) {
      await new Promise<void>((resolve) => (this.#waiting = resolve));
    }
    if (this.#failure !== undefined) throw this.#failure;
    const free = this.#free.pop();
    if (free !== undefined) return free;
    this.#taken += 1;
    return this.#pool.length === this.#segmentSize ? this.#pool.take() : Buffer.allocUnsafeSlow(this.#segmentSize);
  }

  segment(buffer: Buffer): void {
    if (this.#failure !== undefined) throw this.#failure;
    const memory = buffer.buffer as ArrayBuffer;
    this.#say({ type: 'segment', job: this.#id, memory }, [memory]);
  }

  end(buffer: Buffer, length: number): Promise<JobResult> {
    if (this.#failure !== undefined) throw this.#failure;
    const memory = buffer.buffer as ArrayBuffer;
    this.#say({ type: 'end', job: this.#id, memory, length }, [memory]);
    return this.#result.promise;
  }

  abandon(): Promise<void> {
    // A job that is over already has closed its file, and nobody answers for it.
    if (this.#failure === undefined) this.#say({ type: 'abandon', job: this.#id });
    return this.#over.promise;
  }

  free(memory: ArrayBuffer): void {
    this.#free.push(Buffer.from(memory));
    this.#wake();
  }

  finish(done: { memory: ArrayBuffer; result: JobResult } | undefined): void {
    if (done !== undefined) {
      this.free(done.memory);
      this.#result.resolve(done.result);
    }
    for (const buffer of this.#free.splice(0)) this.#pool.give(buffer);
    this.#over.resolve();
  }

  fail(error: Error): void {
    this.#failure = error;
    this.#result.reject(error);
    this.#over.resolve();
    this.#wake();
  }

  #wake(): void {
    this.#waiting?.();
    this.#waiting = undefined;
  }
}
