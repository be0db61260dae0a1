import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder, type Folder } from './folders.ts';
import { run, runOk, startProcess, until, type Child, type Outcome } from './process.ts';

const script = join(import.meta.dirname, 'go-tools.ts');

/** A stand-in for Go, which is the far side: it writes down how it was called and makes a binary where it was told. */
const standIn = `#!/bin/sh
[ "$1" = version ] && { echo 'go version go1.26.8 linux/amd64'; exit 0; }
echo "$GOFLAGS $GOTOOLCHAIN $*" >> "$CALLS"
if [ -n "$FAILS" ]; then echo 'no such module' >&2; exit 1; fi
[ -n "$SLOW" ] && sleep 1
case $1 in
  install) name=\${2%@*}; printf '#!/bin/sh\\necho built\\n' > "$GOBIN/\${name##*/}" ;;
  build) printf '#!/bin/sh\\necho built\\n' > "$3" ;;
  test) printf '#!/bin/sh\\necho built\\n' > "$4" ;;
esac
`;

describe('a tool built with Go', () => {
  let folder: Folder;
  let tools: string;
  let calls: string;
  let count = 0;

  beforeAll(() => {
    folder = temporaryFolder('go-tools');
    mkdirSync(join(folder.path, 'bin'));
    writeFileSync(join(folder.path, 'bin', 'go'), standIn);
    chmodSync(join(folder.path, 'bin', 'go'), 0o755);
  });

  beforeEach(() => {
    tools = join(folder.path, `tools-${count++}`);
    calls = `${tools}.calls`;
  });

  afterAll(() => folder.remove());

  const words = (name: string): string[] => [
    '--input-type=module',
    '--eval',
    `import { goTool } from ${JSON.stringify(script)}; process.stdout.write(await goTool('${name}'));`,
  ];

  const envOf = (extra: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
    ...process.env,
    PATH: [join(folder.path, 'bin'), process.env['PATH']].join(delimiter),
    STOWAGE_TOOLS: tools,
    CALLS: calls,
    ...extra,
  });

  const build = async (name: string, extra: NodeJS.ProcessEnv = {}): Promise<Outcome> =>
    await run(process.execPath, words(name), { env: envOf(extra) });

  const start = (name: string): Child => startProcess(process.execPath, words(name), { env: envOf({ SLOW: '1' }) });

  const called = (): string[] => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : []);

  test('is built once, in a folder of its version, and found afterwards', async () => {
    const { stdout: place } = await build('crane');
    expect(place).toBe(join(tools, 'crane-v0.22.1', 'crane'));
    expect(await runOk(place, [])).toBe('built\n');
    expect((await build('crane')).stdout).toBe(place);
    expect(called()).toEqual(['-mod=mod local install github.com/google/go-containerregistry/cmd/crane@v0.22.1']);
  });

  test.each([
    ['buildctl', 'build', 'github.com/moby/buildkit/cmd/buildctl'],
    ['conformance-1.1', 'test -c', 'github.com/opencontainers/distribution-spec/conformance'],
  ])('that go install refuses is built in a throw-away module: %s', async (name, verb, path) => {
    const { stdout: place } = await build(name);
    expect(await runOk(place, [])).toBe('built\n');
    const [init, get, make] = called();
    expect(init).toBe('-mod=mod local mod init stowage.invalid/tools');
    expect(get).toMatch(`-mod=mod local get ${path}@v`);
    expect(make).toMatch(new RegExp(`^-mod=mod local ${verb} -o \\S+/${name} ${path}$`));
  });

  test('is built by one of several builders, and the others wait for it', async () => {
    const builders = [start('oras'), start('oras'), start('oras')];
    for (const builder of builders) await builder.exited;
    expect(builders.map((builder) => builder.stdout())).toEqual(Array(3).fill(join(tools, 'oras-v1.3.6', 'oras')));
    expect(called()).toHaveLength(1);
  });

  test('is built by the next one when a builder was killed', async () => {
    const killed = start('oras');
    await until('the first builder builds', () => (called().length > 0 ? true : undefined), { child: killed });
    await killed.kill();
    const { stdout: place } = await build('oras');
    expect(await runOk(place, [])).toBe('built\n');
    expect(called()).toHaveLength(2);
  });

  test('that cannot be built leaves nothing, and what Go said is told', async () => {
    const outcome = await build('oras', { FAILS: '1' });
    expect(outcome.code).not.toBe(0);
    expect(outcome.stderr).toContain('no such module');
    expect(existsSync(join(tools, 'oras-v1.3.6'))).toBe(false);
  });

  test('is told as missing where there is no Go, unless it was built before', async () => {
    const { stdout: place } = await build('oras');
    const without = { PATH: dirname(process.execPath) };
    expect((await build('oras', without)).stdout).toBe(place);
    expect((await build('crane', without)).stderr).toContain('crane cannot be built: go not found');
  });
});
