/** The registry in which errors are provoked, small limits and all, and ways to ask it for them. */
import * as commands from '@aws-sdk/client-ecr';
import { inject, test } from 'vitest';
import { statement } from '../../../src/store/db.ts';
import { startApp, type Caller, type RunningApp } from '../../support/app.ts';
import { blobsOf, makeIndex, seededImage, type Image } from '../../support/images.ts';
import { recordAnswers, type RawAnswer } from '../../support/wire/raw-answers.ts';
import { account, region, type Credentials } from '../../support/stowage.ts';

/** Limits that a test can reach. */
export const limits = { layerParts: 2, tagsPerImage: 2, repositories: 8, layerSize: 200_000 };

export const otherAccount = '210987654321';
export const arnOf = (name: string, owner: string = account): string =>
  `arn:aws:ecr:${region}:${owner}:repository/${name}`;
export const names = (name: string): string =>
  `the repository with name '${name}' in the registry with id '${account}'`;

/** Whether the database is the embedded one: only that can be told how large it may become. */
export const isEmbedded = inject('postgres') === undefined;

/** A test of what the embedded database alone can be brought to, or of what no database has a part in. */
export const embeddedTest: (name: string, run: () => Promise<void>) => void = isEmbedded ? test : () => undefined;

/** Never pushed anywhere. */
export const stranger = seededImage('stranger', 1, 700);

export interface World {
  readonly app: RunningApp;
  /** In `errors` as `v1`; with both tags that an image may have. */
  readonly image: Image;
  /** In `errors` under its digest, held by `index`. */
  readonly child: Image;
  readonly index: Image;
  /** Keys of another account's administrator. */
  readonly foreigner: Credentials;
}

export async function openWorld(): Promise<World> {
  const app = await startApp({ limits, repositories: ['errors', 'fixed'] });
  const image = seededImage('errors', 2, 900);
  const child = seededImage('child', 1, 800);
  const index = makeIndex([child]);
  for (const tag of ['v1', 'v2']) await app.registry.pushImage('errors', image, tag);
  await app.registry.pushImage('errors', index, 'index');
  await app.registry.pushImage('fixed', image, 'v1');
  for (const blob of blobsOf(child)) await app.registry.pushBlob('fixed', blob);
  await app
    .ecr()
    .send(new commands.PutImageTagMutabilityCommand({ repositoryName: 'fixed', imageTagMutability: 'IMMUTABLE' }));
  const made = (await app.admin('accounts.create', { account: otherAccount })) as Credentials;
  const foreigner = { accessKeyId: made.accessKeyId, secretAccessKey: made.secretAccessKey };
  return { app, image, child, index, foreigner };
}

type Command = new (input: object) => commands.CreateRepositoryCommand;

/** Sends an operation by its name and gives what came over the wire, a refusal or not. */
export async function callEcr(app: RunningApp, operation: string, input: object, caller?: Caller): Promise<RawAnswer> {
  const client = app.ecr(caller);
  const answers = recordAnswers(client);
  const Command = (commands as unknown as Record<string, Command>)[`${operation}Command`];
  if (!Command) throw new Error(`the SDK has no operation ${operation}`);
  await client.send(new Command(input)).catch((error: unknown) => {
    if (!answers[0]) throw error;
  });
  const [answer] = answers;
  if (!answer) throw new Error(`${operation} was not answered`);
  return answer;
}

const tables = {
  /** What operations keep; who calls is found out all the same. */
  registry: ['repository', 'account_setting', 'login_token', 'registry_policy', 'upload'],
  accounts: ['account'],
} as const;

/** Takes tables away for good: what needs them fails as it would on a damaged database. */
export async function damage({ app }: RunningApp, which: keyof typeof tables): Promise<void> {
  await app.store.write(async (tx) => {
    for (const table of tables[which]) {
      const rename = statement<Record<string, never>>()((db) => db.schema.alterTable(table).renameTo(`lost_${table}`));
      await tx.run(rename, {});
    }
  });
}
