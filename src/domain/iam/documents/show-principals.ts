import { readPolicyDocument } from '../policy/document.ts';
import { type JsonNode, type JsonPlain, readJsonTree } from './json-tree.ts';

/**
 * A stored policy as it is shown: each principal of the kind AWS is what `replace` makes of it (its unique id, where the
 * user or role has gone). Everything else stays byte for byte.
 *
 * @throws PolicySyntaxError where the text is no policy.
 */
export function showPrincipals(text: string, replace: (written: string) => string): string {
  readPolicyDocument(text);
  let shown = '';
  let end = 0;
  for (const { source, start } of principalsIn(readJsonTree(text))) {
    const written = String(JSON.parse(source));
    const other = replace(written);
    if (other === written) continue;
    shown += text.slice(end, start) + JSON.stringify(other);
    end = start + source.length;
  }
  return shown + text.slice(end);
}

/** In the order in which they stand. */
function principalsIn(document: JsonNode): JsonPlain[] {
  return each(member(document, 'Statement'))
    .flatMap((statement) => [...member(statement, 'Principal'), ...member(statement, 'NotPrincipal')])
    .flatMap((principal) => each(member(principal, 'AWS')))
    .flatMap((name) => (name.kind === 'plain' && name.source !== '"*"' ? [name] : []));
}

function member(node: JsonNode, wanted: string): JsonNode[] {
  if (node.kind !== 'object') return [];
  return node.members.filter(({ name }) => name === wanted).map(({ value }) => value);
}

/** One thing or a list of them. */
function each(nodes: readonly JsonNode[]): JsonNode[] {
  return nodes.flatMap((node) => (node.kind === 'array' ? node.items : [node]));
}
