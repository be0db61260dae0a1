/** What strace wrote down: calls in the order in which they began, with the lines where they began and ended. */
import { spawnSync } from 'node:child_process';
import { cleanEnv } from '../process.ts';

export interface SystemCall {
  readonly name: string;
  /** The path of its first descriptor (`-y`), or the first path in its arguments. */
  readonly path: string;
  readonly text: string;
  readonly failed: boolean;
  /** Numbers of lines. A call holds only once it has ended. */
  readonly began: number;
  readonly ended: number;
}

/** Why no process can be traced here; undefined where one can. */
export function whyNoTrace(): string | undefined {
  const { error, status, stderr } = spawnSync('strace', ['-f', '-o', '/dev/null', 'true'], {
    env: cleanEnv(),
    encoding: 'utf8',
  });
  if (error !== undefined) return 'strace is not here';
  return status === 0 ? undefined : `strace may not trace: ${stderr.trim()}`;
}

const whole = /^(\d+) +(\w+)\((.*)\) += (-?\d+|\?)/;
const begun = /^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$/;
const resumed = /^(\d+) +<\.\.\. (\w+) resumed>(.*)\) += (-?\d+|\?)/;

const pathIn = (text: string): string => /^\d+<([^>]*)>/.exec(text)?.[1] ?? /"([^"]*)"/.exec(text)?.[1] ?? '';

/** Reads the output of `strace -f -y`. */
export function readTrace(trace: string): SystemCall[] {
  const calls: SystemCall[] = [];
  const open = new Map<string, { name: string; text: string; began: number }>();
  for (const [line, words] of trace.split('\n').entries()) {
    const start = begun.exec(words);
    if (start !== null) {
      const [, thread = '', name = '', text = ''] = start;
      open.set(thread, { name, text, began: line });
      continue;
    }
    const [, thread = '', name = '', rest = '', result = ''] = resumed.exec(words) ?? whole.exec(words) ?? [];
    if (name === '') continue;
    const before = open.get(thread);
    open.delete(thread);
    const text = `${before?.text ?? ''}${rest}`;
    const failed = result.startsWith('-');
    calls.push({ name, path: pathIn(text), text, failed, began: before?.began ?? line, ended: line });
  }
  return calls.sort((a, b) => a.began - b.began);
}
