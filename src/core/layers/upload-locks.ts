/** One writer an upload, or a file that has no upload's row yet: who comes second waits until the first is done. */
export class UploadLocks {
  readonly #last = new Map<string, Promise<unknown>>();

  async hold<T>(uploadId: string, run: () => Promise<T>): Promise<T> {
    const before = this.#last.get(uploadId);
    const mine = before ? before.then(run, run) : run();
    // The chain only waits; whoever asked for `mine` gets its error.
    const settled = mine.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(uploadId, settled);
    try {
      return await mine;
    } finally {
      if (this.#last.get(uploadId) === settled) this.#last.delete(uploadId);
    }
  }

  isHeld(uploadId: string): boolean {
    return this.#last.has(uploadId);
  }
}
