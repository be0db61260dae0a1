/**
 * The other engine's verdicts, in a process of its own: started with the path of the installed library as its only
 * argument, it reads a case a line and writes a verdict a line. Nothing else of the project ever loads that library.
 */
import { createInterface } from 'node:readline';
import { argv, stdin, stdout } from 'node:process';
import { pathToFileURL } from 'node:url';
import type { OracleCase, PolicyText, Verdict } from './case.ts';

interface Simulated {
  readonly resultType: string;
  readonly overallResult?: string;
}

interface Library {
  runSimulation(simulation: unknown, options: unknown): Promise<Simulated>;
}

const verdicts: Readonly<Record<string, Verdict>> = { Allowed: 'A', ExplicitlyDenied: 'E', ImplicitlyDenied: 'I' };

const named = (policies: readonly (PolicyText | undefined)[], name: string): { name: string; policy: PolicyText }[] =>
  policies.flatMap((policy, index) => (policy === undefined ? [] : [{ name: `${name}-${index}`, policy }]));

function simulationOf(one: OracleCase): unknown {
  const { caller, action, resource, resourceAccount, context } = one;
  const control = named([one.serviceControl], 'control');
  return {
    request: {
      principal: caller.kind === 'anonymous' ? { type: 'Anonymous' } : caller.arn,
      action,
      resource: { resource, accountId: resourceAccount },
      contextVariables: context,
    },
    identityPolicies: named(one.identity, 'identity'),
    serviceControlPolicies: control.length > 0 ? [{ orgIdentifier: 'r-1', policies: control }] : [],
    resourceControlPolicies: [],
    resourcePolicy: one.resourcePolicy,
    sessionPolicy: one.session,
    permissionBoundaryPolicies: one.boundary && named([one.boundary], 'boundary'),
    vpcEndpointPolicies: one.endpoint && named([one.endpoint], 'endpoint'),
  };
}

const library = (await import(pathToFileURL(argv[2] ?? '').href)) as Library;
for await (const line of createInterface({ input: stdin })) {
  const result = await library.runSimulation(simulationOf(JSON.parse(line) as OracleCase), {
    simulationMode: 'Strict',
  });
  const verdict = verdicts[result.overallResult ?? ''];
  if (verdict === undefined) throw new Error(`no verdict on ${line}: ${JSON.stringify(result)}`);
  stdout.write(`${verdict}\n`);
}
