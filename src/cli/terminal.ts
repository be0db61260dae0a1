import type { Writable } from 'node:stream';

export type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** What a command may use of the process that it runs in. main.ts makes it; tests make their own. */
export interface Terminal {
  /** The command line without the program. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The folder in which this Stowage lies. */
  readonly home: string;
  readonly version: string;
  readonly temporaryFolder: string;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** From the first call on these signals do not end the process by themselves. */
  onSignal(listener: (signal: Signal) => void): void;
  /** Ends the process at once. */
  exit(code: number): void;
}
