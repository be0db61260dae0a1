/** Whether a value that came over the wire is what a model says, as JSON has it. */
import type { Shape, StructureShape } from '../../../src/aws/model.ts';

/** Everything in which a value differs from its shape, one line each; nothing is overlooked as the SDK would. */
export function faultsOf(shape: Shape, value: unknown, where: string): string[] {
  if (value === undefined || value === null) return [`${where} is ${value}`];
  switch (shape.type) {
    case 'structure':
      return structureFaults(shape, value, where);
    case 'list':
      if (!Array.isArray(value)) return [`${where} is no list`];
      return [
        ...boundFaults(shape, value.length, where),
        ...value.flatMap((item, index) => faultsOf(shape.member, item, `${where}[${index}]`)),
      ];
    case 'map': {
      if (!isObject(value)) return [`${where} is no map`];
      const entries = Object.entries(value);
      const items = entries.flatMap(([key, item]) => [
        ...faultsOf(shape.key, key, `${where} key ${key}`),
        ...faultsOf(shape.value, item, `${where}.${key}`),
      ]);
      return [...boundFaults(shape, entries.length, where), ...items];
    }
    default:
      return plainFaults(shape, value, where);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function structureFaults(shape: StructureShape, value: unknown, where: string): string[] {
  if (!isObject(value)) return [`${where} is no structure`];
  const members = new Map([...shape.members.values()].map((member) => [member.wireName, member]));
  const present = Object.entries(value).flatMap(([name, field]) => {
    const member = members.get(name);
    return member ? faultsOf(member.shape, field, `${where}.${name}`) : [`${where}.${name} is not in the model`];
  });
  const missing = [...members.values()].filter(({ required, wireName }) => required && !Object.hasOwn(value, wireName));
  return [...present, ...missing.map(({ wireName }) => `${where}.${wireName} is missing`)];
}

function boundFaults({ min = -Infinity, max = Infinity }: Shape, size: number, where: string): string[] {
  return size < min || size > max ? [`${where} has ${size}, which is not within ${min} and ${max}`] : [];
}

/** 2000 and 2100 in seconds: milliseconds would lie far beyond. */
const [earliest, latest] = [946_684_800, 4_102_444_800];

function plainFaults(shape: Exclude<Shape, { type: 'structure' | 'list' | 'map' }>, value: unknown, where: string) {
  switch (shape.type) {
    case 'string': {
      if (typeof value !== 'string') return [`${where} is no string`];
      const faults = boundFaults(shape, value.length, where);
      if (shape.pattern?.matches(value) === false) faults.push(`${where} does not match ${shape.pattern.text}`);
      if (shape.values?.includes(value) === false) faults.push(`${where} is ${value}, which the enum does not have`);
      return faults;
    }
    case 'blob': {
      const whole = typeof value === 'string' && Buffer.from(value, 'base64').toString('base64') === value;
      return whole ? boundFaults(shape, Buffer.from(value, 'base64').length, where) : [`${where} is no base64`];
    }
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${where} is no boolean`];
    case 'timestamp':
      if (typeof value !== 'number') return [`${where} is no number of seconds`];
      return value > earliest && value < latest ? [] : [`${where} is ${value}, which is no time in seconds`];
    default: {
      if (typeof value !== 'number' || !Number.isFinite(value)) return [`${where} is no number`];
      const whole = shape.type === 'integer' || shape.type === 'long';
      if (whole && !Number.isSafeInteger(value)) return [`${where} is no whole number`];
      return boundFaults(shape, value, where);
    }
  }
}
