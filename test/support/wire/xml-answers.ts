/** Answers of AWS Query read back: strict, since it is to find what is wrong in them. */
import type { Shape } from '../../../src/aws/model.ts';

export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replace(/&(#x[0-9A-F]+|[a-z]+);/g, (whole, name: string) => {
    const character = name.startsWith('#x') ? String.fromCodePoint(Number.parseInt(name.slice(2), 16)) : entities[name];
    if (character === undefined) throw new Error(`XML has no entity ${whole}`);
    return character;
  });
}

/** Reads the one element of a document. Attributes may only stand on it. Throws where something is not well-formed. */
export function readXml(document: string): XmlElement {
  const open: { name: string; children: XmlElement[]; text: string }[] = [{ name: '', children: [], text: '' }];
  const token = /<([A-Za-z][\w-]*)( xmlns="[^"<]*")?>|<\/([A-Za-z][\w-]*)>|([^<]+)/y;
  while (token.lastIndex < document.length) {
    const at = token.lastIndex;
    const [, begins, , ends, text] = token.exec(document) ?? [];
    const inner = open.at(-1);
    if (begins !== undefined) open.push({ name: begins, children: [], text: '' });
    else if (text !== undefined && inner) inner.text += unescapeXml(text);
    else {
      const element = open.pop();
      if (ends === undefined || element?.name !== ends) throw new Error(`not well-formed: ${document.slice(at)}`);
      open.at(-1)?.children.push(element);
    }
  }
  const [root] = open;
  if (open.length !== 1 || root?.children.length !== 1 || !root.children[0]) throw new Error(`not whole: ${document}`);
  return root.children[0];
}

/** The child of this name. Throws unless there is exactly one. */
export function childOf(element: XmlElement, name: string): XmlElement {
  const [found, ...more] = element.children.filter((each) => each.name === name);
  if (!found || more.length > 0) throw new Error(`${element.name} has not one ${name}`);
  return found;
}

/** An element as JSON would have it by the shape; what the shape does not know stays, to be found. */
export function valueOf(shape: Shape, element: XmlElement): unknown {
  const { children, text } = element;
  switch (shape.type) {
    case 'structure': {
      const members = new Map([...shape.members.values()].map((member) => [member.wireName, member.shape]));
      return Object.fromEntries(
        children.map((child) => {
          const known = members.get(child.name);
          return [child.name, known ? valueOf(known, child) : child];
        }),
      );
    }
    case 'list':
      return children.map((child) => (child.name === 'member' ? valueOf(shape.member, child) : child));
    case 'map':
      return Object.fromEntries(
        children.map((entry) => [childOf(entry, 'key').text, valueOf(shape.value, childOf(entry, 'value'))]),
      );
    case 'boolean':
      return text === 'true' || (text === 'false' ? false : text);
    case 'timestamp':
      return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? Date.parse(text) / 1000 : text;
    case 'string':
    case 'blob':
      return text;
    default:
      return text === '' ? text : Number(text);
  }
}
