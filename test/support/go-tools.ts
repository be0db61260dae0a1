/**
 * Clients, suites and peers that are built with Go, each pinned, into a cache outside the checkout: $STOWAGE_TOOLS, or
 * ~/.cache/stowage/tools. A tool is built once and by one builder at a time; later runs find it there.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { acquireLock, LockHeldError, type Lock } from '../../src/lib/lock.ts';
import { temporaryFolder } from './folders.ts';
import { cleanEnv, runOk } from './process.ts';

/**
 * How a tool is built. `install`: by `go install`, alone. `module`: in a throw-away module, for what `go install` refuses
 * because of replace directives. `test`: there too, as the binary of the package's tests.
 */
type Way = 'install' | 'module' | 'test';

interface GoTool {
  readonly module: string;
  readonly version: string;
  /** The package's folder in the module; '' is its root. */
  readonly folder: string;
  readonly way: Way;
}

const tool = (module: string, version: string, folder: string, way: Way = 'install'): GoTool => ({
  module,
  version,
  folder,
  way,
});

const suite = 'github.com/opencontainers/distribution-spec/conformance';
const buildkit = 'github.com/moby/buildkit';
const ecrHelper = 'github.com/awslabs/amazon-ecr-credential-helper/ecr-login';

/** By the name of the binary. */
export const goTools = {
  conformance: tool(suite, 'v0.0.0-20260831232431-97274622c111', ''),
  // the last version before the suite was rewritten
  'conformance-1.1': tool(suite, 'v0.0.0-20231101194043-f2182352d4cc', '', 'test'),
  crane: tool('github.com/google/go-containerregistry', 'v0.22.1', 'cmd/crane'),
  regctl: tool('github.com/regclient/regclient', 'v0.11.7', 'cmd/regctl'),
  oras: tool('oras.land/oras', 'v1.3.6', 'cmd/oras'),
  'docker-credential-ecr-login': tool(ecrHelper, 'v0.12.0', 'cli/docker-credential-ecr-login'),
  helm: tool('helm.sh/helm/v4', 'v4.3.1', 'cmd/helm'),
  cosign: tool('github.com/sigstore/cosign/v3', 'v3.1.3', 'cmd/cosign'),
  'ecr-credential-provider': tool('k8s.io/cloud-provider-aws', 'v1.37.1', 'cmd/ecr-credential-provider', 'module'),
  buildctl: tool(buildkit, 'v0.31.1', 'cmd/buildctl', 'module'),
  buildkitd: tool(buildkit, 'v0.31.1', 'cmd/buildkitd', 'module'),
  registry: tool('github.com/distribution/distribution/v3', 'v3.1.2', 'cmd/registry'),
  weed: tool('github.com/seaweedfs/seaweedfs', 'v0.0.0-20261109003541-7506e5f91cd6', 'weed', 'module'),
  syft: tool('github.com/anchore/syft', 'v1.57.0', 'cmd/syft'),
  grype: tool('github.com/anchore/grype', 'v0.121.2', 'cmd/grype'),
} satisfies Record<string, GoTool>;

export type GoToolName = keyof typeof goTools;

/** A cold build of the largest takes five minutes on two cores. */
const buildTimeout = 1_200_000;

let goIsMissing: string | undefined;
let isLookedUp = false;

/** Why nothing can be built with Go here; undefined when it can. */
export function missingGo(): string | undefined {
  if (!isLookedUp) {
    const answer = spawnSync('go', ['version'], { env: goEnv(), encoding: 'utf8' });
    if (answer.error) goIsMissing = 'go not found';
    else if (answer.status !== 0) goIsMissing = `go does not start: ${answer.stderr.trim()}`;
    isLookedUp = true;
  }
  return goIsMissing;
}

/** Why `name` can be neither found nor built here; undefined when it can. */
export function missingGoTool(name: GoToolName): string | undefined {
  return existsSync(placeOf(name)) ? undefined : missingGo();
}

/** Where tools are kept between runs. */
export function toolsFolder(): string {
  return process.env['STOWAGE_TOOLS'] ?? join(homedir(), '.cache', 'stowage', 'tools');
}

function placeOf(name: GoToolName): string {
  return join(toolsFolder(), `${name}-${goTools[name].version}`, name);
}

/** The absolute path of a tool, built first where it is not there yet; throws with what Go said when that fails. */
export async function goTool(name: GoToolName): Promise<string> {
  const place = placeOf(name);
  if (existsSync(place)) return place;
  const why = missingGo();
  if (why !== undefined) throw new Error(`${name} cannot be built: ${why}`);
  mkdirSync(toolsFolder(), { recursive: true, mode: 0o700 });
  const lock = await lockFor(name);
  try {
    if (!existsSync(place)) await build(name, place);
  } finally {
    lock.release();
  }
  return place;
}

/** One builder at a time; the system frees the lock of one that was killed. */
async function lockFor(name: GoToolName): Promise<Lock> {
  const path = join(toolsFolder(), `${name}-${goTools[name].version}.lock`);
  for (let waited = 0; waited < buildTimeout; waited += 200) {
    try {
      return acquireLock(path);
    } catch (error) {
      if (!(error instanceof LockHeldError)) throw error;
    }
    await sleep(200);
  }
  throw new Error(`waited in vain for another builder of ${name}`);
}

function goEnv(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return cleanEnv({ GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'local', ...extra });
}

async function build(name: GoToolName, place: string): Promise<void> {
  const { module, version, folder, way }: GoTool = goTools[name];
  const path = folder === '' ? module : `${module}/${folder}`;
  // in the cache itself, so that the finished binary gets its place by a rename; a killed builder may have left it
  const work = join(toolsFolder(), `.building-${name}`);
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work);
  const scratch = temporaryFolder('go');
  try {
    const built = join(work, name);
    const go = async (...args: string[]): Promise<string> =>
      await runOk('go', args, { cwd: scratch.path, env: goEnv({ GOBIN: work }), timeout: buildTimeout });
    if (way === 'install') {
      await go('install', `${path}@${version}`);
      // `go install` names the binary after the last part of the path, which may be a major version
      if (!existsSync(built)) throw new Error(`go install ${path} made no ${name}`);
    } else {
      await go('mod', 'init', 'stowage.invalid/tools');
      await go('get', `${path}@${version}`);
      await go(...(way === 'test' ? ['test', '-c'] : ['build']), '-o', built, path);
    }
    chmodSync(built, 0o755);
    mkdirSync(dirname(place), { recursive: true });
    renameSync(built, place);
  } finally {
    scratch.remove();
    rmSync(work, { recursive: true, force: true });
  }
}
