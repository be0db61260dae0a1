import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { missing, type Docker } from '../../support/engines.ts';
import { goTool, goTools, missingGoTool } from '../../support/go-tools.ts';
import { registryAt } from '../../support/registry.ts';
import { row, type Cell, type Started, type Step } from '../cell.ts';
import { addresses, withTool, type Ground } from '../ground.ts';
import {
  mounts,
  pullsByDigest,
  pullsByTag,
  pushesAndPullsIndex,
  pushesImage,
  type Copies,
  type PushesIndexes,
} from '../steps.ts';
import { dockerVerbs } from './docker.ts';

interface Helper extends Started, Copies, PushesIndexes {
  /** Asks as docker does; gives what it prints. */
  get(host: string): Promise<string>;
}

/** docker with no login but the helper's. */
async function start(ground: Ground): Promise<Helper> {
  const tool = await goTool('docker-credential-ecr-login');
  const engine = await ground.docker();
  const home = join(ground.folder, 'helper');
  mkdirSync(home);
  const credHelpers = Object.fromEntries(addresses.map(({ host }) => [host, 'ecr-login']));
  writeFileSync(join(home, 'config.json'), JSON.stringify({ credHelpers }));
  const [plain, named] = addresses;
  if (plain === undefined || named === undefined) throw new Error('an address is missing');
  const own = { ...ground.env(named, home), DOCKER_HOST: engine.env['DOCKER_HOST'], DOCKER_CONFIG: home };
  const env = withTool(own, tool);
  const docker: Docker = {
    ...engine,
    env,
    ok: async (...args) => await ground.commands.ok('docker', args, { env }),
    run: async (...args) => await ground.commands.run('docker', args, { env }),
  };
  return {
    version: goTools['docker-credential-ecr-login'].version,
    async login() {
      // that is what the helper is for
    },
    ...dockerVerbs(docker),
    get: async (host) => await ground.commands.ok(tool, ['get'], { env, input: host }),
  };
}

const getsAlone: Step<Helper> = async (client, { address, ground }) => {
  const said = JSON.parse(await client.get(address.host)) as { ServerURL: string; Username: string; Secret: string };
  expect(said).toMatchObject({ ServerURL: address.host, Username: 'AWS' });
  const authorization = `Basic ${Buffer.from(`AWS:${said.Secret}`).toString('base64')}`;
  const response = await registryAt(ground.registryUrl, authorization).send('GET', '/v2/');
  expect(response.status).toBe(200);
};

const only = (step: Step<Helper>): Cell<Helper> => ({
  plain: 'It answers for the names of AWS only.',
  named: step,
});

export const ecrLogin = row<Helper>({
  name: 'amazon-ecr-credential-helper, with docker',
  source: 'Go modules',
  missing: () => missing('docker') ?? missingGoTool('docker-credential-ecr-login'),
  start,
  cells: {
    push: only(pushesImage),
    'pull by tag': only(pullsByTag),
    'pull by digest': only(pullsByDigest),
    index: only(pushesAndPullsIndex),
    mount: only(mounts),
    delete: 'docker has no command that deletes at a registry.',
    referrers: 'docker has no command that lists or makes them.',
  },
  more: { 'alone, gives a login that the registry takes': only(getsAlone) },
});
