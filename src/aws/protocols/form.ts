/** The parameters of an AWS Query request as a tree: `Tags.member.2.Key=x` is x under Tags, member, 2, Key. */
import { ProtocolError } from '../errors.ts';

export interface FormNode {
  value: string | undefined;
  readonly children: Map<string, FormNode>;
}

/** Most parameters of a request, and most parts of a name: far above what any operation of IAM or STS needs. */
const mostParameters = 5000;
const mostParts = 24;

/** Throws ProtocolError for a bad encoding, a repeated parameter, and for more or deeper ones than the limits. */
export function parseForm(...texts: readonly string[]): FormNode {
  const root: FormNode = { value: undefined, children: new Map() };
  const pieces = texts.filter((text) => text !== '').flatMap((text) => text.split('&', mostParameters + 1));
  if (pieces.length > mostParameters) throw malformed(`The request has more than ${mostParameters} parameters`);
  for (const piece of pieces) {
    if (piece === '') continue;
    const equals = piece.indexOf('=');
    const name = decode(equals < 0 ? piece : piece.slice(0, equals));
    const node = nodeAt(root, name);
    if (node.value !== undefined) throw malformed(`The parameter ${name.slice(0, 128)} is given more than once`);
    node.value = equals < 0 ? '' : decode(piece.slice(equals + 1));
  }
  return root;
}

function nodeAt(root: FormNode, name: string): FormNode {
  const parts = name.split('.', mostParts + 1);
  if (parts.length > mostParts) throw malformed('A parameter is nested too deeply');
  let node = root;
  for (const part of parts) {
    const child = node.children.get(part) ?? { value: undefined, children: new Map<string, FormNode>() };
    node.children.set(part, child);
    node = child;
  }
  return node;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw malformed('The request has a parameter that is not valid percent-encoded UTF-8');
  }
}

const malformed = (message: string): ProtocolError => new ProtocolError('malformedQuery', message);
