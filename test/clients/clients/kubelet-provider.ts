import { mkdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { goTool, goTools, missingGoTool } from '../../support/go-tools.ts';
import { runOk } from '../../support/process.ts';
import { missing } from '../../support/engines.ts';
import { registryAt } from '../../support/registry.ts';
import { row, type Cell, type Started, type Step } from '../cell.ts';
import type { Address, Ground } from '../ground.ts';
import { inFolder, readLayout } from '../layouts.ts';
import { pullsByDigest, pullsByTag, pullsIndex, tagged, type Pulls } from '../steps.ts';

interface Answer {
  readonly kind: string;
  readonly cacheKeyType: string;
  readonly cacheDuration: string;
  readonly auth: Readonly<Record<string, { readonly username: string; readonly password: string }>>;
}

interface Provider extends Started, Pulls {
  /** Asks as kubelet does before it pulls an image. */
  ask(image: string, address: Address): Promise<Answer>;
}

/** The provider tells the login, and containerd pulls with it, as on a node. */
async function start(ground: Ground): Promise<Provider> {
  const tool = await goTool('ecr-credential-provider');
  const containerd = await ground.containerd();
  const home = join(ground.folder, 'provider');
  mkdirSync(home);
  const ask: Provider['ask'] = async (image, address) => {
    const request = { apiVersion: 'credentialprovider.kubelet.k8s.io/v1', kind: 'CredentialProviderRequest', image };
    const env = ground.env(address, home);
    return JSON.parse(await ground.commands.ok(tool, [], { env, input: JSON.stringify(request) })) as Answer;
  };
  return {
    version: goTools['ecr-credential-provider'].version,
    async login() {
      // that is what the provider is for
    },
    ask,
    pull: async (reference, { address }) =>
      await inFolder(async (folder) => {
        const { auth } = await ask(reference, address);
        const login = auth[address.host];
        const flags = ['--user', `${login?.username}:${login?.password}`, '--all-platforms', '--snapshotter', 'native'];
        const plain = address.key === 'plain' ? ['--plain-http'] : [];
        await containerd.ok('--namespace', 'k8s.io', 'images', 'pull', ...flags, ...plain, reference);
        const archive = join(home, 'pulled.tar');
        await containerd.ok('--namespace', 'k8s.io', 'images', 'export', '--all-platforms', archive, reference);
        await mkdir(folder);
        await runOk('tar', ['-xf', archive, '-C', folder]);
        return await readLayout(folder);
      }),
  };
}

const tellsHowLong: Step<Provider> = async (client, task) => {
  const answer = await client.ask(tagged(task), task.address);
  expect(answer.kind).toBe('CredentialProviderResponse');
  expect(answer.cacheKeyType).toBe('Registry');
  // half of what the token has left of its 12 hours
  expect(answer.cacheDuration).toMatch(/^(6h0m0|5h59m\d+(\.\d+)?)s$/);
};

/** As kubelet looks for it: a login for a host without a port is none for an address with one. */
const only = (step: Step<Provider>): Cell<Provider> => ({
  plain: 'It answers for the name without the port, and kubelet finds no login for an address with one.',
  named: step,
});

const answersForAnyName: Step<Provider> = async (client, task) => {
  const { auth } = await client.ask(tagged(task), task.address);
  const [name = '', ...others] = Object.keys(auth);
  expect(others).toEqual([]);
  expect(name).toBe(task.address.host.replace(/:\d+$/, ''));
  const authorization = `Basic ${Buffer.from(`${auth[name]?.username}:${auth[name]?.password}`).toString('base64')}`;
  expect((await registryAt(task.ground.registryUrl, authorization).send('GET', '/v2/')).status).toBe(200);
};

const onlyPulls = 'kubelet has nodes pull; nothing else asks the provider.';

export const kubeletProvider = row<Provider>({
  name: 'ecr-credential-provider of kubelet, with containerd',
  source: 'Go modules',
  missing: () => missing('ctr') ?? missingGoTool('ecr-credential-provider'),
  start,
  cells: {
    push: onlyPulls,
    'pull by tag': only(pullsByTag),
    'pull by digest': only(pullsByDigest),
    index: only(pullsIndex),
    mount: onlyPulls,
    delete: onlyPulls,
    referrers: onlyPulls,
  },
  more: {
    'answers for the name of the image with a login that the registry takes': answersForAnyName,
    'tells how long the login may be kept': tellsHowLong,
  },
});
