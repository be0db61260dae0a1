/** Asks what a server takes the way of a request for, by policies that hold only under conditions. */
import { DeleteUserPolicyCommand } from '@aws-sdk/client-iam';
import { iamClient, makeUser, putUserPolicy, type MadeUser } from '../../support/iam.ts';
import type { RunningApp } from '../../support/app.ts';
import { createVisitor, type Visit, type Visitor } from './visitor.ts';

export type ConditionBlock = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface Probe {
  readonly user: MadeUser;
  /** Somebody with the keys of the probe's user; closed with the probe. */
  visit(visit: Partial<Visit>): Visitor;
  /** Whether a condition holds of what a visitor asks: DescribeRepositories is allowed under it, and by nothing else. */
  holds(visitor: Visitor, condition: ConditionBlock): Promise<boolean>;
  close(): Promise<void>;
}

export async function startProbe(app: RunningApp): Promise<Probe> {
  const iam = iamClient(app.url, app.credentials());
  const user = await makeUser(iam, 'probe');
  const visitors: Visitor[] = [];
  return {
    user,
    visit: (visit) => {
      const visitor = createVisitor({ url: app.url, credentials: user, ...visit });
      visitors.push(visitor);
      return visitor;
    },
    holds: async ({ ecr }, Condition) => {
      await putUserPolicy(iam, 'probe', { Effect: 'Allow', Action: 'ecr:*', Resource: '*', Condition });
      const answer = await ecr.describeRepositories({}).then(
        () => 'allowed',
        (error: Error) => error.message,
      );
      if (answer === 'allowed') return true;
      if (answer.includes('because no identity-based policy allows')) return false;
      throw new Error(`neither allowed nor denied by the policy of the probe: ${answer}`);
    },
    close: async () => {
      for (const visitor of visitors) visitor.close();
      await iam.send(new DeleteUserPolicyCommand({ UserName: 'probe', PolicyName: 'own' })).catch(() => undefined);
      iam.destroy();
    },
  };
}
