/** Where commands run: on the machine as it is, or in a namespace of a test's own (true-names/namespace.ts). */
import { run, runOk, startProcess } from './process.ts';

export interface Commands {
  readonly start: typeof startProcess;
  readonly run: typeof run;
  readonly ok: typeof runOk;
}

export const onMachine: Commands = { start: startProcess, run, ok: runOk };
