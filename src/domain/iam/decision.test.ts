import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, denialText, type AccessRequest, type Reason } from './decision.ts';

const account = '123456789012';
const other = '210987654321';

function request(of: { administrator: boolean; resourceAccount?: string }): AccessRequest {
  return {
    principal: { arn: `arn:aws:iam::${account}:user/ci`, account, administrator: of.administrator },
    action: 'ecr:PutImage',
    resource: `arn:aws:ecr:us-east-1:${account}:repository/app`,
    resourceAccount: of.resourceAccount ?? account,
  };
}

describe('decide', () => {
  it.each([
    ['the administrator in their account', true, account, true, 'allow', 'identity-based'],
    ['somebody else in the account', false, account, false, 'implicit-deny', 'identity-based'],
    ['the administrator of another account', true, other, false, 'implicit-deny', 'resource-based'],
    ['somebody else of another account', false, other, false, 'implicit-deny', 'resource-based'],
  ])('%s', (_, administrator, resourceAccount, allowed, effect, policyType) => {
    expect(decide(request({ administrator, resourceAccount }))).toMatchObject({
      allowed,
      reason: { effect, policyType },
    });
  });

  it('lets nobody into an account that is not theirs, whatever they ask for', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.boolean(), (action, resource, administrator) => {
        const asked = { ...request({ administrator, resourceAccount: other }), action, resource };
        expect(decide(asked).allowed).toBe(false);
      }),
    );
  });

  it('allows exactly what it gives an allow as the reason for', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.constantFrom(account, other), (administrator, resourceAccount) => {
        const { allowed, reason } = decide(request({ administrator, resourceAccount }));
        expect(allowed).toBe(reason.effect === 'allow');
      }),
    );
  });
});

describe('denialText', () => {
  const denied = request({ administrator: false });
  const start = `User: ${denied.principal.arn} is not authorized to perform: ecr:PutImage on resource: ${denied.resource}`;

  it.each<[Reason['effect'], Reason['policyType'], string]>([
    ['implicit-deny', 'identity-based', 'because no identity-based policy allows the ecr:PutImage action'],
    ['implicit-deny', 'resource-based', 'because no resource-based policy allows the ecr:PutImage action'],
    ['explicit-deny', 'identity-based', 'with an explicit deny in an identity-based policy'],
    ['explicit-deny', 'resource-based', 'with an explicit deny in a resource-based policy'],
  ])('words an %s of a %s policy as AWS does', (effect, policyType, cause) => {
    expect(denialText(denied, { effect, policyType, detail: 'for the audit only' })).toBe(`${start} ${cause}`);
  });
});
