/** One history played against a running registry, and everything that is asked of it afterwards. */
import { PutAccountSettingCommand, type ECRClient } from '@aws-sdk/client-ecr';
import { startApp, type RunningApp } from '../../support/app.ts';
import { awsClient, awsFront, type AwsRequest } from './aws-front.ts';
import { planText, type Chore, type Plan } from './commands.ts';
import { explain } from './explain.ts';
import { putGates, type Gates } from './gates.ts';
import { keep, runStep } from './keeper.ts';
import { checkNothing, checkRows } from './leftovers.ts';
import { ociFront, type OciRequest } from './oci-front.ts';
import { perform, type Ask, type SharedUploads } from './player.ts';
import { historyText, Violation, type Answer, type Done, type Request } from './requests.ts';
import { keeper, Turns } from './turns.ts';
import { imageNames, imageOf, layerInRow, layerNames, periods, repositories } from './vocabulary.ts';

const minute = 60_000;
/** The registry's own schedule first wakes after 30 s; by then it is another registry. */
const registryLifeMilliseconds = 25_000;
/** 0 is the keeper, 1 to 3 play, the last one sets up and looks at the end. */
const clientCount = 5;
const alone = clientCount - 1;

/** A registry with gates that histories are played against, one after another. */
export class Table {
  readonly #running: RunningApp;
  readonly #turns: Turns;
  readonly #gates: Gates;
  readonly #ecr: readonly ECRClient[];
  readonly #bodies = new Map<number, number>();
  readonly #since = Date.now();
  #clock = 0;
  #places = 0;
  #done: Done[] = [];

  private constructor(running: RunningApp, turns: Turns) {
    this.#running = running;
    this.#turns = turns;
    this.#gates = putGates(running.app, turns, (client) => {
      if (client !== undefined && !this.#bodies.has(client)) this.#bodies.set(client, this.#clock);
    });
    this.#ecr = Array.from({ length: clientCount }, (_, client) => awsClient(running, client));
  }

  static async open(): Promise<Table> {
    const { lease, deletionGrace, uploadLife } = periods;
    const times = { lease: lease * minute, deletionGrace: deletionGrace * minute, uploadLife: uploadLife * minute };
    const running = await startApp({ limits: { ...times, layerInRow } });
    // every file looks old to the collector from the first history on, so that only rows protect it
    running.advance(2 * (periods.uploadLife + periods.lease) * minute);
    const table = new Table(running, new Turns());
    await table.#ecr[alone]?.send(new PutAccountSettingCommand({ name: 'BLOB_MOUNTING', value: 'ENABLED' }));
    return table;
  }

  get isOld(): boolean {
    return Date.now() - this.#since > registryLifeMilliseconds;
  }

  async close(): Promise<void> {
    this.#gates.remove();
    await this.#running.close();
  }

  /** Plays a history to its end. Gives the number of requests. @throws Violation with the history. */
  async play(plan: Plan): Promise<number> {
    this.#done = [];
    this.#places = 0;
    this.#clock = 0;
    try {
      await this.#act(plan);
      await this.#look();
    } catch (error) {
      const { message } = error as Error;
      const why = error instanceof Violation ? message : ((error as Error).stack ?? message);
      const texts = [
        why,
        'Plan:',
        planText(plan),
        'What was asked and answered (place it began – ended):',
        historyText(this.#done),
      ];
      throw new Error(texts.join('\n'), { cause: error });
    }
    return this.#done.length;
  }

  async #act(plan: Plan): Promise<void> {
    const authorization = await this.#running.logIn();
    const asks = Array.from({ length: clientCount }, (_, client) => this.#asker(client, authorization));
    const [first = asks[0]] = asks.slice(alone);
    if (!first) throw new Error('nobody to ask');
    const shared: SharedUploads = new Map();
    for (const repository of repositories) await first({ kind: 'create', repository, mode: 'MUTABLE' });
    for (const command of plan.before) await perform(first, shared, command);
    await first({ kind: 'advance', minutes: plan.age });
    const programs = asks.slice(0, plan.clients.length + 1).map((ask, client) => async () => {
      if (client === keeper) for (const chore of plan.keeper) await keep(ask, chore);
      else for (const command of plan.clients[client - 1] ?? []) await perform(ask, shared, command);
    });
    await this.#turns.play(programs, plan.picks);
    await this.#settle(first);
  }

  /** The collector looks, and everything that can be pulled is pulled, so that the end of the history is in the history. */
  async #settle(ask: Ask): Promise<void> {
    await ask({ kind: 'collect', step: 'job' });
    for (const repository of repositories) {
      const { said } = await ask({ kind: 'list', repository });
      if (said === 'no repository') continue;
      const listed = imageNames.filter((image) => said.includes(`${image}[`));
      for (const image of listed) await ask({ kind: 'get', front: 'oci', repository, of: { image } });
      const layers = new Set(listed.flatMap((image) => imageOf(image).layers));
      for (const layer of layers) await ask({ kind: 'read', repository, layer });
      for (const layer of layerNames) await ask({ kind: 'find', front: 'oci', repository, layer });
    }
  }

  /** Explains the history; then lets every period pass, and looks at what is left, with and without the repositories. */
  async #look(): Promise<void> {
    const unexplained = explain(this.#done);
    if (unexplained) {
      const { state, next, explained } = unexplained;
      throw new Violation(
        `No order of the requests gives these answers. After ${explained} of ${this.#done.length}, in the state\n  ${state}\nnone of these fits:\n  ${next.join('\n  ')}`,
      );
    }
    await this.#collectAll();
    await checkRows(this.#running);
    const front = awsFront(this.#ecr[alone] as ECRClient);
    for (const repository of repositories) await front({ kind: 'drop', repository, force: true });
    await this.#collectAll();
    await checkNothing(this.#running);
  }

  async #collectAll(): Promise<void> {
    this.#running.advance((periods.uploadLife + periods.lease) * minute);
    await this.#runSteps();
    this.#running.advance(2 * periods.deletionGrace * minute);
    await this.#runSteps();
  }

  async #runSteps(): Promise<void> {
    for (const step of ['job', 'orphans'] as const) await runStep(this.#running, step);
  }

  #asker(client: number, authorization: string): Ask {
    const oci = ociFront(this.#running, authorization, client);
    const aws = awsFront(this.#ecr[client] as ECRClient);
    const answer = async (request: Request): Promise<Answer> => {
      if (request.kind === 'advance' || request.kind === 'collect')
        return await this.#chore(request as Exclude<Chore, { kind: 'pass' }>);
      const isAws =
        ['create', 'drop', 'mode', 'list'].includes(request.kind) || ('front' in request && request.front === 'aws');
      return isAws ? await aws(request as AwsRequest) : await oci(request as OciRequest);
    };
    return async (request) => {
      await this.#turns.stand('ask');
      this.#bodies.delete(client);
      const [began, clockBegan] = [this.#places++, this.#clock];
      const told = await answer(request).catch((error: unknown) => {
        const said = `FAILED (${(error as Error).message})`;
        this.#note(client, request, { said }, { began, clockBegan });
        throw error;
      });
      this.#note(client, request, told, { began, clockBegan });
      return told;
    };
  }

  #note(
    client: number,
    request: Request,
    answer: Answer,
    { began, clockBegan }: { began: number; clockBegan: number },
  ): void {
    const body = this.#bodies.get(client) ?? this.#clock;
    const clock = { began: clockBegan, body, ended: this.#clock };
    this.#done.push({ client, request, answer, began, ended: this.#places++, clock });
  }

  async #chore(chore: Exclude<Chore, { kind: 'pass' }>): Promise<Answer> {
    if (chore.kind === 'advance') {
      this.#clock += chore.minutes;
      this.#running.advance(chore.minutes * minute);
    } else await runStep(this.#running, chore.step);
    return { said: 'ok' };
  }
}
