import { readFileSync } from 'node:fs';
import { anyRun, matchesUnits, parseWildcard, type Wildcard } from '../../../lib/wildcard.ts';

/**
 * What AWS's service authorization reference knows of the actions of the services that are here, and of condition keys.
 * Names of actions are written `ecr:PutImage`; their case does not count. Keys may have a part that stands for any text:
 * `aws:RequestTag/${TagKey}`.
 */
export interface ActionFacts {
  /** As the service writes it: `ecr:PutImage`. */
  readonly name: string;
  /** `Read`, `List`, `Write`, `Permissions management`, `Tagging`, one or several of them. */
  readonly access: string;
  /** False for a permission that is no operation of the service, such as iam:PassRole. */
  readonly isOperation: boolean;
  /** Empty: the action is checked against `*`. */
  readonly resourceTypes: readonly ResourceType[];
  /** Those of the action and of its resource types, without the global ones. */
  readonly conditionKeys: readonly string[];
}

export interface ResourceType {
  readonly name: string;
  /** `arn:${Partition}:ecr:${Region}:${Account}:repository/${RepositoryName}` */
  readonly arn: string;
  /** False where the action can do without one of this type. */
  readonly required: boolean;
}

/** As `models/iam-actions.json` has them. */
interface ServiceFacts {
  readonly actions: Readonly<
    Record<
      string,
      {
        readonly access: string;
        readonly api?: boolean;
        readonly resources: readonly { readonly type: string; readonly required?: boolean }[];
        readonly conditionKeys?: readonly string[];
      }
    >
  >;
  readonly resources: Readonly<Record<string, { readonly arn: string; readonly conditionKeys?: readonly string[] }>>;
  readonly conditionKeys: Readonly<Record<string, string>>;
}

interface Facts {
  readonly actions: ReadonlyMap<string, ActionFacts>;
  /** Key in lower case → type. */
  readonly keys: ReadonlyMap<string, string>;
  /** Those with a part that stands for any text. */
  readonly openKeys: readonly { readonly pattern: Wildcard; readonly type: string }[];
  readonly globalKeys: readonly string[];
}

let known: Facts | undefined;

/** Everything about an action, or undefined where there is none of that name. */
export function findAction(action: string): ActionFacts | undefined {
  return facts().actions.get(action.toLowerCase());
}

/** Whether a service that is known here has an action of that name. */
export function isKnownAction(action: string): boolean {
  return findAction(action) !== undefined;
}

/** Every action that is known, by service and name. */
export function listActions(): ActionFacts[] {
  return [...facts().actions.values()];
}

/** The condition keys of an action and of its resources; those of every request are {@link globalConditionKeys}. */
export function conditionKeysOf(action: string): readonly string[] {
  return findAction(action)?.conditionKeys ?? [];
}

/** What an action can be allowed on; empty where that is only `*`, or where there is no such action. */
export function resourceTypesOf(action: string): readonly ResourceType[] {
  return findAction(action)?.resourceTypes ?? [];
}

/** The keys that a request for any action may have. */
export function globalConditionKeys(): readonly string[] {
  return facts().globalKeys;
}

/**
 * Type of a condition key: `String`, `ARN`, `Bool`, `Date`, `Numeric`, `IPAddress`, or `ArrayOf…`; undefined for a key
 * that nobody knows. Case does not count.
 */
export function conditionKeyType(key: string): string | undefined {
  const { keys, openKeys } = facts();
  const wanted = key.toLowerCase();
  return keys.get(wanted) ?? openKeys.find(({ pattern }) => matchesUnits(pattern, wanted))?.type;
}

function facts(): Facts {
  known ??= read();
  return known;
}

function read(): Facts {
  const file = new URL('../../../../models/iam-actions.json', import.meta.url);
  const { services, globalConditionKeys: global } = JSON.parse(readFileSync(file, 'utf8')) as {
    services: Readonly<Record<string, ServiceFacts>>;
    globalConditionKeys: Readonly<Record<string, string>>;
  };
  const actions = Object.entries(services).flatMap(([service, one]) => actionsOf(service, one));
  const keys = [global, ...Object.values(services).map(({ conditionKeys }) => conditionKeys)].flatMap(
    Object.entries<string>,
  );
  return {
    actions: new Map(actions.map((action) => [action.name.toLowerCase(), action])),
    keys: new Map(keys.filter(([key]) => !key.includes('${')).map(([key, type]) => [key.toLowerCase(), type])),
    openKeys: keys.filter(([key]) => key.includes('${')).map(([key, type]) => ({ pattern: openPattern(key), type })),
    globalKeys: Object.keys(global),
  };
}

function actionsOf(service: string, { actions, resources }: ServiceFacts): ActionFacts[] {
  return Object.entries(actions).map(([name, action]) => {
    const types = action.resources.map(({ type, required = false }) => ({ name: type, required, of: resources[type] }));
    const ofTypes = types.flatMap(({ of }) => of?.conditionKeys ?? []);
    return {
      name: `${service}:${name}`,
      access: action.access,
      isOperation: action.api !== false,
      resourceTypes: types.map(({ name: type, required, of }) => ({ name: type, arn: of?.arn ?? '*', required })),
      conditionKeys: [...new Set([...(action.conditionKeys ?? []), ...ofTypes])].toSorted(),
    };
  });
}

/** The pattern of a key such as `aws:RequestTag/${TagKey}`. */
function openPattern(key: string): Wildcard {
  const [start = '', ...rest] = key.toLowerCase().split('${');
  const ends = rest.map((part) => part.slice(part.indexOf('}') + 1));
  return ends.reduce<Wildcard>(
    (pattern, end) => [...pattern, anyRun, ...parseWildcard(end, 'itself')],
    parseWildcard(start, 'itself'),
  );
}
