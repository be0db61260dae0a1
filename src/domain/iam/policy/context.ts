/**
 * What the conditions of policies can ask of a request. Keys are in lower case ('aws:sourceip', 'ecr:resourcetag/team');
 * undefined where the request has no such key. Values that are dear to find are found when they are asked for.
 */
export interface Context {
  get(key: string): string | readonly string[] | undefined;
}
