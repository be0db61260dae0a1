/**
 * A refusal to start, or to open the data folder for a command: the message is one whole sentence for the operator,
 * nothing was damaged, and the process ends with `exitCode`. What was underneath it is its `cause`.
 */
export class StartError extends Error {
  readonly exitCode: number;

  constructor(sentence: string, options: { exitCode?: number | undefined; cause?: unknown } = {}) {
    super(sentence, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'StartError';
    this.exitCode = options.exitCode ?? 1;
  }
}
