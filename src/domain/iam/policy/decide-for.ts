import { compilePolicy } from './compile.ts';
import { decide, type AccessRequest, type Decision } from './decide.ts';
import type { Rights } from '../principal.ts';

/**
 * Of another account, the resource's side is asked alone first: the caller's own policies may ask for its tags, and two
 * refusals that differ by them would tell of a resource that does not let the caller in.
 */
export function decideFor(request: AccessRequest): Decision {
  const { principal, resourceAccount } = request;
  if (principal.account !== resourceAccount && principal.type !== 'Service') {
    const there = decide({ ...request, principal: { ...principal, rights: everyRight } });
    if (!there.allowed) return there;
  }
  return decide(request);
}

const everyRight: Rights = {
  identity: [
    compilePolicy(
      { version: '2012-10-17', statements: [{ effect: 'Allow', action: ['*'], resource: ['*'], condition: [] }] },
      { name: 'everything' },
    ),
  ],
  boundary: undefined,
  session: undefined,
  tags: new Map(),
};
