/** The AWS API beside moto_server: DescribeRepositories of one name, signed, 16 connections. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../test/support/folders.ts';
import type { Credentials } from '../../test/support/stowage.ts';
import { signedRequest, type AwsRequest } from '../drivers/aws-request.ts';
import { wireOf } from '../drivers/requests.ts';
import { driveSameRequest } from '../drivers/same-request.ts';
import { sample, type Counted, type Sample } from '../drivers/sample.ts';
import { driveWrk, hasWrk } from '../drivers/wrk.ts';
import { withRepositories } from '../fixtures.ts';
import { startMoto } from '../moto.ts';
import { alternatePair } from '../rounds.ts';
import { times, type Scenario } from '../scenario.ts';
import type { Served } from '../subjects.ts';

const connections = 16;
const repositoryName = 'bench/pull';

export const describeRepositories: Scenario = {
  name: 'describe-repositories-16',
  title: 'DescribeRepositories with SigV4, 16 connections, beside moto_server',
  target: times(25, 55, 25),
  async run(bench) {
    const { stowage } = await bench.pair();
    const moto = await startMoto();
    if ('missing' in moto) return { skipped: moto.missing };
    try {
      await withRepositories(stowage);
      await moto.createRepository(repositoryName);
      const { credentials } = stowage;
      if (credentials === undefined) throw new Error('Stowage has no credentials');
      const keys = new Map<Served, Credentials>([
        [stowage, credentials],
        [moto, moto.credentials],
      ]);
      const measure = async (server: Served, seconds: number): Promise<Sample> => {
        const input = { repositoryNames: [repositoryName] };
        const request = signedRequest(server, keys.get(server) ?? credentials, {
          operation: 'DescribeRepositories',
          input,
        });
        return await sample(server, async () => await drive(server, request, seconds));
      };
      const result = await alternatePair({ bench, driver: hasWrk() ? 'wrk' : 'node', measure }, [stowage, moto]);
      return { ...result, note: `the peer is ${moto.name}` };
    } finally {
      await moto.close();
    }
  },
};

async function drive(server: Served, { headers, body }: AwsRequest, seconds: number): Promise<Counted> {
  if (!hasWrk()) {
    // the same signature covers every request, and a bare server has no other headers
    const bare = { ...server, headers: [] };
    const wire = wireOf(bare, { method: 'POST', target: '/', headers, body: [Buffer.from(body)] });
    return await driveSameRequest(server, { wire, connections, seconds });
  }
  const folder = temporaryFolder('wrk');
  const script = join(folder.path, 'post.lua');
  writeFileSync(script, `wrk.method = "POST"\nwrk.body = [[${body}]]\n`);
  try {
    return await driveWrk({ url: `${server.url}/`, headers, connections, seconds, script });
  } finally {
    folder.remove();
  }
}
