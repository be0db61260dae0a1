import { shown } from './refusals.ts';

/**
 * What IAM says of an action, or undefined where it is one. Only its form counts: services and actions that are not here
 * are taken as at AWS, and match nothing.
 */
export function actionFault(action: string): string | undefined {
  if (action === '*') return undefined;
  const [vendor = '', name, more] = action.split(':', 3);
  if (name === undefined) return 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.';
  if (more !== undefined) return 'Actions/Condition can contain only one colon.';
  if (vendor !== '*' && !/^[A-Za-z0-9.-]+$/.test(vendor)) return `Vendor ${shown(vendor)} is not valid`;
  return undefined;
}
