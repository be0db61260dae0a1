import { parseWildcard } from '../../../lib/wildcard.ts';
import { compileWildcard } from './template.ts';

/** Action or NotAction of a statement. Actions are given in lower case. */
export type ActionTest = (action: string) => boolean;

/**
 * Patterns of actions: `*`, or `service:name` with `*` and `?` in the name; upper and lower case are the same. Patterns
 * are kept by service, since a policy for everything in AWS has some thousands.
 */
export function compileActions(patterns: readonly string[]): ActionTest {
  const byService = new Map<string, ((name: string) => boolean)[]>();
  for (const pattern of patterns) {
    const written = pattern.toLowerCase();
    if (/^\*+$/.test(written)) return () => true;
    const [service, name] = splitAction(written);
    if (name === undefined) continue;
    const tests = byService.get(service);
    const test = compileWildcard(parseWildcard(name, 'one character'));
    if (tests === undefined) byService.set(service, [test]);
    else tests.push(test);
  }
  return (action) => {
    const [service, name = ''] = splitAction(action);
    return byService.get(service)?.some((test) => test(name)) ?? false;
  };
}

function splitAction(action: string): readonly [service: string, name: string | undefined] {
  const at = action.indexOf(':');
  return at < 0 ? [action, undefined] : [action.slice(0, at), action.slice(at + 1)];
}
