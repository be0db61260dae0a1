import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const checkout = dirname(import.meta.dirname);
const { version } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as { version: string };

const majorOf = (node: string): number => {
  try {
    return Number(/^v(\d+)/.exec(execFileSync(node, ['--version'], { encoding: 'utf8' }))?.[1]);
  } catch {
    return 0;
  }
};

/** A Node of this machine that is too old to run Stowage itself: with it the launcher has to find another. */
const older = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'node'))
  .find((node) => existsSync(node) && majorOf(node) >= 18 && majorOf(node) < 26);
const nodes = [
  { name: 'Node 26', node: process.execPath },
  {
    name: older === undefined ? 'an older Node (skipped: PATH names none from 18 to 25)' : 'an older Node',
    node: older,
  },
];

let folder: string;
let started: ChildProcess[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stowage-main-'));
  started = [];
});
afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

interface Start {
  readonly node: string;
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
  /** The checkout whose launcher is started. */
  readonly home?: string;
}

function start({ node, args = [], env = {}, home = checkout }: Start): ChildProcess {
  const child = spawn(node, [join(home, 'bin', 'stowage'), ...args], {
    cwd: folder,
    env: { HOME: folder, PATH: '/usr/bin:/bin', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  return child;
}

async function outcome(child: ChildProcess) {
  let [out, err] = ['', ''];
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (err += text));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal, out, err };
}

/** A checkout of our launcher around another src/main.ts. */
function makeCheckout(source: string, modules: 'all' | 'none' | 'broken' = 'all'): string {
  const home = join(folder, 'checkout');
  mkdirSync(join(home, 'src'), { recursive: true });
  cpSync(join(checkout, 'bin'), join(home, 'bin'), { recursive: true });
  cpSync(join(checkout, 'package.json'), join(home, 'package.json'));
  writeFileSync(join(home, 'src', 'main.ts'), source);
  if (modules === 'all') symlinkSync(join(checkout, 'node_modules'), join(home, 'node_modules'));
  if (modules === 'broken') {
    const pinned = join(home, 'node_modules', `node-${process.platform}-${process.arch}`);
    mkdirSync(join(pinned, 'bin'), { recursive: true });
    writeFileSync(join(pinned, 'package.json'), '{}');
    writeFileSync(join(pinned, 'bin', 'node'), '#!/missing/loader\n', { mode: 0o755 });
  }
  return home;
}

for (const { name, node } of nodes) {
  describe.skipIf(node === undefined)(`bin/stowage under ${name}`, () => {
    underNode(node!);
  });
}

function underNode(node: string): void {
  it('tells its version, without a warning', async () => {
    expect(await outcome(start({ node, args: ['--version'] }))).toEqual({
      code: 0,
      signal: null,
      out: `${version}\n`,
      err: '',
    });
  });

  it('ends with the exit code of the command', async () => {
    const { code, err } = await outcome(start({ node, args: ['srve'] }));
    expect(code).toBe(2);
    expect(err).toBe('stowage: There is no command srve; did you mean serve?\n');
  });

  it('passes arguments on as they are', async () => {
    const home = makeCheckout('console.log(JSON.stringify(process.argv.slice(2)));');
    const args = ['--a=b c', '', '*', "it's"];
    expect(JSON.parse((await outcome(start({ node, args, home }))).out)).toEqual(args);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'lets %s be handled, and ends when that has ended',
    async (signal) => {
      const home = makeCheckout(`process.on('${signal}', () => { console.log('${signal}'); process.exit(7); });
      setInterval(() => {}, 1000);
      console.log('ready');`);
      const child = start({ node, home });
      const end = outcome(child);
      await once(child.stdout!, 'data');
      child.kill(signal);
      expect(await end).toEqual({ code: 7, signal: null, out: `ready\n${signal}\n`, err: '' });
    },
  );

  it('ends by the signal that ended the command', async () => {
    const home = makeCheckout(`process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000);`);
    expect(await outcome(start({ node, home }))).toEqual({ code: null, signal: 'SIGKILL', out: '', err: '' });
  });

  describe('while a command waits for the server', () => {
    let server: Server;
    let connected: Promise<Socket>;
    beforeEach(async () => {
      server = createServer().listen(join(folder, 'socket'));
      connected = once(server, 'connection').then(([socket]) =>
        (socket as Socket).on('error', () => undefined).resume(),
      );
      await once(server, 'listening');
    });
    afterEach(() => void server.close());

    it.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)('leaves nothing running after %s', async (signal) => {
      const child = start({ node, args: ['login-password', '--data', folder] });
      const end = outcome(child);
      const socket = await connected;
      const closed = once(socket, 'close'); // The command itself is gone, not only its launcher.
      child.kill(signal);
      expect(await end).toMatchObject({ code: null, signal });
      await closed;
    });
  });

  describe('the compile cache', () => {
    const source = 'console.log(process.env.NODE_COMPILE_CACHE);';

    it('is a private folder of the user', async () => {
      const { out } = await outcome(start({ node, home: makeCheckout(source) }));
      expect(out.trim().startsWith(`${folder}/`)).toBe(true);
      expect(statSync(out.trim()).mode & 0o777).toBe(0o700);
      expect(readdirSync(out.trim())).toHaveLength(1);
    });

    it('lies where XDG_CACHE_HOME says', async () => {
      const { out } = await outcome(
        start({ node, home: makeCheckout(source), env: { XDG_CACHE_HOME: join(folder, 'xdg') } }),
      );
      expect(out.trim()).toBe(join(folder, 'xdg', 'stowage'));
    });

    it('is left as it was set', async () => {
      const { out } = await outcome(
        start({ node, home: makeCheckout(source), env: { NODE_COMPILE_CACHE: join(folder, 'mine') } }),
      );
      expect(out.trim()).toBe(join(folder, 'mine'));
    });

    it('is done without where the home cannot hold it', async () => {
      writeFileSync(join(folder, 'file'), '');
      const { code, out, err } = await outcome(
        start({ node, home: makeCheckout(source), env: { HOME: join(folder, 'file') } }),
      );
      expect({ code, out, err }).toEqual({ code: 0, out: 'undefined\n', err: '' });
    });

    it('is not in a folder that is a link', async () => {
      mkdirSync(join(folder, '.cache'));
      mkdirSync(join(folder, 'elsewhere'));
      symlinkSync(join(folder, 'elsewhere'), join(folder, '.cache', 'stowage'));
      const env = { XDG_CACHE_HOME: join(folder, '.cache') };
      expect((await outcome(start({ node, home: makeCheckout(source), env }))).out).toBe('undefined\n');
    });
  });
}

describe('bin/stowage without what it needs', () => {
  it('says that the packages are not installed', async () => {
    const home = makeCheckout(`import 'pino';`, 'none');
    const { code, err } = await outcome(start({ node: process.execPath, home }));
    expect(code).toBe(1);
    expect(err).toBe(`stowage: its packages are not installed yet; run \`npm ci\` in ${home} first.\n`);
  });

  it.skipIf(older === undefined).each(['none', 'broken'] as const)(
    'says which Node it needs where the pinned one is %s',
    async (modules) => {
      const { code, out, err } = await outcome(start({ node: older!, home: makeCheckout('', modules) }));
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toMatch(/^stowage: it needs Node 26 and this is v\d+\.\d+\.\d+; [^\n]+\n$/);
    },
  );
});
