import { accounts, type Caller, type PrincipalText, type StatementText } from './case.ts';
import type { Random } from './random.ts';

type Principals = Pick<StatementText, 'Principal' | 'NotPrincipal'>;

/** Whom a statement of a resource's policy is for: the caller in one of its forms, or others. */
export function generatePrincipals(random: Random, caller: Caller, effect: 'Allow' | 'Deny'): Principals {
  if (random.chance(6)) return { NotPrincipal: generateNotPrincipals(random, caller, effect) };
  if (random.chance(12)) return { Principal: random.pick<PrincipalText>(['*', { AWS: ['*'] }]) };
  return { Principal: merge(random.some(formsOf(caller), 1, 2)) };
}

/** With Deny all that the caller consists of is listed, or something less, or somebody else. */
function generateNotPrincipals(random: Random, caller: Caller, effect: 'Allow' | 'Deny'): PrincipalText {
  if (effect === 'Deny' && random.chance(60)) return merge(layersOf(caller));
  return merge(random.some(formsOf(caller), 1, 2));
}

type Form = readonly [kind: string, name: string];

function formsOf(caller: Caller): Form[] {
  const others: Form[] = [
    ['AWS', `arn:aws:iam::${accounts.home}:user/mallory`],
    ['AWS', `arn:aws:iam::${accounts.other}:root`],
    ['Service', 'codebuild.amazonaws.com'],
  ];
  const layers = layersOf(caller);
  return [...layers, ...layers, ...others];
}

function layersOf({ kind, arn, account, behind }: Caller): Form[] {
  if (kind === 'service') return [['Service', arn]];
  if (kind === 'anonymous') return [['AWS', '*']];
  const layers: Form[] = [
    ['AWS', arn],
    ['AWS', account],
    ['AWS', `arn:aws:iam::${account}:root`],
  ];
  return behind === undefined ? layers : [...layers, ['AWS', behind]];
}

function merge(forms: readonly Form[]): PrincipalText {
  const merged: Record<string, string[]> = {};
  for (const [kind, name] of forms) merged[kind] = [...new Set([...(merged[kind] ?? []), name])];
  return merged;
}
