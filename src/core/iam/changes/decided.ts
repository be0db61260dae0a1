import type { Allowed } from '../../authorize.ts';

/** What is to be made must be what was decided on: anything else is a mistake of the caller's code. @throws RangeError. */
export function requireDecided(allowed: Allowed<string>, arn: string): void {
  if (allowed.resource !== arn) throw new RangeError(`${arn} is not ${allowed.resource}, which was decided on`);
}
