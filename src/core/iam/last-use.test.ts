import { expect, test } from 'vitest';
import { noRights, type Principal } from '../../domain/iam/principal.ts';
import type { Store, Writer } from '../../store/db.ts';
import { createLog } from '../../telemetry/log.ts';
import { LastUses, type Use } from './last-use.ts';

const log = createLog({ level: 'silent' });

/** A store that keeps what is written, or fails. */
function storeOf() {
  const written: unknown[] = [];
  const state = { failing: false };
  const tx = { run: async (_: unknown, parameters: unknown) => written.push(parameters) } as unknown as Writer;
  const write = async (closure: (tx: Writer) => Promise<unknown>): Promise<unknown> => {
    if (state.failing) throw new Error('the disk is full');
    return await closure(tx);
  };
  return { written, state, store: { write } as unknown as Store };
}

const user = {
  type: 'User',
  accessKeyId: 'AKIA1',
  user: { arn: '', id: 'AIDA1', name: 'ada' },
  rights: noRights,
} as unknown as Principal;
const session = {
  type: 'AssumedRole',
  accessKeyId: 'ASIA1',
  role: { arn: '', id: 'AROA1', name: 'role' },
  session: {},
  rights: noRights,
} as unknown as Principal;
const use = (time: number, service = 'ecr', region = 'us-east-1'): Use => ({ time, service, region });

test('keys and roles are written together, the newest use of each', async () => {
  const { written, store } = storeOf();
  const uses = new LastUses({ store, log });
  uses.note(user, use(1));
  uses.note(user, use(2, 'sts'));
  uses.note(session, use(3));
  expect(uses.latest('AKIA1')).toEqual(use(2, 'sts'));
  expect(written).toEqual([]);
  await uses.close();
  expect(written).toEqual([
    { key: 'AKIA1', time: 2, service: 'sts', region: 'us-east-1' },
    { role: 'AROA1', time: 3, region: 'us-east-1' },
  ]);
});

test('the same use again is written only a minute later', async () => {
  const { written, store } = storeOf();
  const uses = new LastUses({ store, log });
  for (const time of [1, 2, 59_000]) uses.note(user, use(time));
  await uses.flush();
  uses.note(user, use(59_999));
  await uses.flush();
  expect(written).toHaveLength(1);
  uses.note(user, use(60_001));
  uses.note(user, use(60_002, 'ecr', 'eu-west-1'));
  await uses.flush();
  expect(written.slice(1)).toEqual([{ key: 'AKIA1', time: 60_002, service: 'ecr', region: 'eu-west-1' }]);
});

test('what could not be written waits, unless there is a newer use', async () => {
  const { written, state, store } = storeOf();
  const uses = new LastUses({ store, log });
  uses.note(user, use(1));
  uses.note(session, use(1));
  state.failing = true;
  await uses.flush();
  uses.note(user, use(5, 'sts'));
  state.failing = false;
  await uses.close();
  expect(written).toEqual(
    expect.arrayContaining([
      { key: 'AKIA1', time: 5, service: 'sts', region: 'us-east-1' },
      { role: 'AROA1', time: 1, region: 'us-east-1' },
    ]),
  );
  expect(written).toHaveLength(2);
});

test('services, federated users and sessions of users leave no trace', async () => {
  const { written, store } = storeOf();
  const uses = new LastUses({ store, log });
  uses.note({ ...user, type: 'Service' }, use(1));
  uses.note({ ...user, type: 'FederatedUser', session: session.session }, use(1));
  uses.note({ ...user, accessKeyId: 'ASIA2', session: session.session }, use(1));
  await uses.close();
  expect(written).toEqual([]);
});
