import { readPolicyDocument } from '../policy/document.ts';
import { type JsonMember, type JsonNode, readJsonTree } from './json-tree.ts';

const documentOrder = ['Version', 'Id', 'Statement'];
const statementOrder = [
  ...['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'],
];

/**
 * A policy in the form in which ECR gives it back: printed anew with two spaces of indent, `"Key" : value`, lists in one
 * line, and the members of document and statements in their usual order (transcripts of the service). What was one text
 * stays one text, what was a list stays a list, and values stay as they were written.
 *
 * @throws PolicySyntaxError where the text is no policy.
 */
export function formatEcrPolicy(text: string): string {
  readPolicyDocument(text);
  return print(inOrder(readJsonTree(text)), '');
}

function inOrder(document: JsonNode): JsonNode {
  const sorted = sortMembers(document, documentOrder);
  if (sorted.kind !== 'object') return sorted;
  const members = sorted.members.map(({ name, value }) => ({
    name,
    value: name === 'Statement' ? statementsInOrder(value) : value,
  }));
  return { kind: 'object', members };
}

function statementsInOrder(statements: JsonNode): JsonNode {
  if (statements.kind !== 'array') return sortMembers(statements, statementOrder);
  return { kind: 'array', items: statements.items.map((one) => sortMembers(one, statementOrder)) };
}

function sortMembers(node: JsonNode, order: readonly string[]): JsonNode {
  if (node.kind !== 'object') return node;
  const place = ({ name }: JsonMember): number => order.indexOf(name);
  return { kind: 'object', members: node.members.toSorted((a, b) => place(a) - place(b)) };
}

/** The indent grows with objects only, as that of Jackson's printer does, which ECR uses. */
function print(node: JsonNode, indent: string): string {
  if (node.kind === 'plain') return node.source.startsWith('"') ? quote(JSON.parse(node.source)) : node.source;
  if (node.kind === 'array') {
    const items = node.items.map((item) => print(item, indent));
    return items.length === 0 ? '[ ]' : `[ ${items.join(', ')} ]`;
  }
  if (node.members.length === 0) return '{ }';
  const inner = `${indent}  `;
  const members = node.members.map(({ name, value }) => `${inner}${quote(name)} : ${print(value, inner)}`);
  return `{\n${members.join(',\n')}\n${indent}}`;
}

const quote = (text: unknown): string => JSON.stringify(String(text));
