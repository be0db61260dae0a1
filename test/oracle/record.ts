/**
 * Asks the other engine for its verdicts anew and keeps them: `node test/oracle/record.ts`. For when the cases or its
 * version change. It is installed into the tools cache and runs as a process of its own.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { execPath, stdout } from 'node:process';
import { text } from 'node:stream/consumers';
import { npmTool, npmTools, type NpmToolName } from '../support/tools/npm-tools.ts';
import { generateCases, writeCorpus } from './corpus.ts';

const name: NpmToolName = '@cloud-copilot/iam-simulate';
const count = 24_000;

const folder = await npmTool(name);
const library = join(folder, 'node_modules', name, 'dist', 'esm', 'index.js');
const child = spawn(execPath, [join(import.meta.dirname, 'answer.ts'), library], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const ended = once(child, 'exit');
const answers = text(child.stdout);
const cases = generateCases(count);
child.stdin.end(cases.map((one) => `${JSON.stringify(one)}\n`).join(''));
const verdicts = (await answers).replaceAll('\n', '');
const [code] = (await ended) as [number | null];
if (code !== 0 || verdicts.length !== count)
  throw new Error(`it gave ${verdicts.length} verdicts and ended with ${code}`);
writeCorpus(`${name} ${npmTools[name].version}`, cases, verdicts);
stdout.write(`${count} verdicts kept\n`);
