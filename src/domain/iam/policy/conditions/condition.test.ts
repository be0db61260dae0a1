import { describe, expect, test } from 'vitest';
import { contextOf } from '../test-requests.ts';
import { compileCondition, isOperator } from './condition.ts';

interface Options {
  effect?: 'Allow' | 'Deny';
  variables?: boolean;
}

/** Whether a condition on the key `k` holds where the request gives it a value, or none. */
function holds(
  operator: string,
  values: readonly string[],
  given: string | readonly string[] | undefined,
  { effect = 'Allow', variables = true }: Options = {},
): boolean {
  const condition = compileCondition({ operator, key: 'K', values }, { effect, variables });
  const others = { 'aws:username': 'Alice', 'aws:PrincipalTag/Star': '*', 'aws:PrincipalTag/list': ['a', 'b'] };
  return condition.matches(contextOf({ ...others, ...(given !== undefined && { k: given }) }));
}

/** Operator, value of the policy, value of the request, whether it holds. */
type Row = readonly [operator: string, wanted: string, given: string, expected: boolean];

const texts: readonly Row[] = [
  ['StringEquals', 'red', 'red', true],
  ['StringEquals', 'red', 'Red', false],
  ['StringEquals', 'r*', 'red', false],
  ['StringEquals', 'r*', 'r*', true],
  ['stringequals', 'red', 'red', true],
  ['StringNotEquals', 'red', 'blue', true],
  ['StringNotEquals', 'red', 'red', false],
  ['StringEqualsIgnoreCase', 'RED', 'rEd', true],
  ['StringEqualsIgnoreCase', 'x-${aws:username}', 'X-ALICE', true],
  ['StringNotEqualsIgnoreCase', 'RED', 'red', false],
  ['StringLike', 'r*d', 'read', true],
  ['StringLike', 'r?d', 'read', false],
  ['StringLike', 'r?d', 'red', true],
  ['StringLike', 'R*', 'red', false],
  ['StringNotLike', 'r*', 'blue', true],
  ['StringNotLike', 'r*', 'red', false],
];

const variables: readonly Row[] = [
  ['StringEquals', '${aws:username}', 'Alice', true],
  ['StringEquals', '${AWS:UserName}', 'Alice', true],
  ['StringEquals', 'a-${aws:username}-b', 'a-Alice-b', true],
  ['StringEquals', "${aws:absent, 'none'}", 'none', true],
  ['StringEquals', "${aws:username, 'none'}", 'Alice', true],
  ['StringEquals', '${aws:absent}', '${aws:absent}', false],
  ['StringEquals', '${aws:absent}', '', false],
  ['StringNotEquals', '${aws:absent}', 'x', true],
  ['StringNotLike', '${aws:absent}*', 'x', true],
  ['StringLike', '${aws:PrincipalTag/Star}', 'anything', false],
  ['StringLike', '${aws:PrincipalTag/star}', '*', true],
  ['StringEquals', '${aws:PrincipalTag/list}', 'a', false],
  ['StringLike', 'a${*}b', 'a*b', true],
  ['StringLike', 'a${*}b', 'aXb', false],
  ['StringLike', 'a${?}b', 'a?b', true],
  ['StringEquals', '${$}{x}', '${x}', true],
  ['StringEquals', '${open', '${open', true],
  ['ArnLike', 'arn:aws:iam::1:user/${aws:username}', 'arn:aws:iam::1:user/Alice', true],
  ['NumericEquals', '${aws:username}', '1', false],
];

const numbers: readonly Row[] = [
  ['NumericEquals', '10', '10.0', true],
  ['NumericEquals', '10', 'ten', false],
  ['NumericNotEquals', '10', '11', true],
  ['NumericLessThan', '10', '9.5', true],
  ['NumericLessThan', '10', '10', false],
  ['NumericLessThanEquals', '10', '10', true],
  ['NumericGreaterThan', '-1', '0', true],
  ['NumericGreaterThan', '10', '10', false],
  ['NumericGreaterThanEquals', '10', '10', true],
  ['NumericEquals', '0x10', '16', false],
  ['NumericEquals', '', '0', false],
];

const dates: readonly Row[] = [
  ['DateEquals', '2026-01-01T00:00:00Z', '2026-01-01', true],
  ['DateEquals', '2026-01-01T00:00:00Z', '2026-01-01T02:00:00+02:00', true],
  ['DateEquals', '1767225600', '2026-01-01T00:00:00Z', true],
  ['DateEquals', '2026-01-01T00:00:00', '2026-01-01T00:00Z', true],
  ['DateEquals', '2026', '2026-01-01T00:00:00.000Z', true],
  ['DateNotEquals', '2026-01-01', '2026-01-02', true],
  ['DateLessThan', '2026-01-01', '2025-12-31T23:59:59Z', true],
  ['DateLessThanEquals', '2026-01-01', '2026-01-01T00:00:00Z', true],
  ['DateGreaterThan', '1767225600', '1767225601', true],
  ['DateGreaterThanEquals', '1767225600', '1767225599', false],
  ['DateLessThan', 'tomorrow', '2026-01-01', false],
  ['DateLessThan', '2026-13-01', '2026-01-01', false],
];

const others: readonly Row[] = [
  ['Bool', 'true', 'TRUE', true],
  ['Bool', 'False', 'false', true],
  ['Bool', 'true', 'false', false],
  ['BinaryEquals', 'cmVk', 'cmVk', true],
  ['BinaryEquals', 'cmVk', 'Ymx1', false],
  ['BinaryEquals', '#', '#', false],
];

const addresses: readonly Row[] = [
  ['IpAddress', '203.0.113.0/24', '203.0.113.255', true],
  ['IpAddress', '203.0.113.0/24', '203.0.114.0', false],
  ['IpAddress', '203.0.113.9', '203.0.113.9', true],
  ['IpAddress', '203.0.113.9', '203.0.113.8', false],
  ['IpAddress', '203.0.113.8/31', '203.0.113.9', true],
  ['IpAddress', '0.0.0.0/0', '255.255.255.255', true],
  ['IpAddress', '0.0.0.0/0', '::1', false],
  ['IpAddress', '::/0', '2001:db8::1', true],
  ['IpAddress', '::/0', '192.0.2.1', false],
  ['IpAddress', '2001:db8::/32', '2001:0DB8:ffff::1', true],
  ['IpAddress', '2001:db8::/33', '2001:db8:8000::', false],
  ['IpAddress', '2001:db8::1', '2001:db8:0:0:0:0:0:1', true],
  ['IpAddress', '192.0.2.0/24', '::ffff:192.0.2.7', true],
  ['IpAddress', '192.0.2.0/24', '::ffff:c000:207', true],
  ['IpAddress', '::ffff:192.0.2.0/120', '192.0.2.7', true],
  ['IpAddress', '64:ff9b::192.0.2.0/120', '64:ff9b::c000:207', true],
  ['IpAddress', '192.0.2.0/33', '192.0.2.0', false],
  ['IpAddress', '192.0.2.0/24', '192.0.2.256', false],
  ['IpAddress', '192.0.2.0/24', '192.0.2.1/24', false],
  ['IpAddress', '1::2::3', '1::2::3', false],
  ['NotIpAddress', '203.0.113.0/24', '203.0.113.1', false],
  ['NotIpAddress', '203.0.113.0/24', '198.51.100.1', true],
  ['NotIpAddress', '203.0.113.0/24', '2001:db8::1', true],
];

const role = 'arn:aws:iam::111122223333:role/ci/builder';
const arns: readonly Row[] = [
  ['ArnEquals', role, role, true],
  ['ArnEquals', 'arn:aws:iam::*:role/*', role, true],
  ['ArnLike', 'arn:*:*:*:*:*', role, true],
  ['ArnLike', 'arn:aws:iam:*:role/*', role, false],
  ['ArnLike', 'arn:aws:*', role, false],
  ['ArnLike', 'arn:aws:iam::111122223333:role/??/builder', role, true],
  ['ArnLike', 'arn:aws:lambda:*:*:function:*', 'arn:aws:lambda:eu-west-1:1:function:a:live', true],
  ['ArnNotLike', 'arn:aws:iam::*:user/*', role, true],
  ['ArnNotEquals', 'arn:aws:iam::*:role/*', role, false],
  ['ArnLike', 'arn:aws:iam::*:role/*', 'role/ci/builder', false],
];

test.each([...texts, ...variables, ...numbers, ...dates, ...others, ...addresses, ...arns])(
  '%s %j against %j: %s',
  (operator, wanted, given, expected) => {
    expect(holds(operator, [wanted], given)).toBe(expected);
  },
);

test('of several values one is enough, and for negated operators none may match', () => {
  expect(holds('StringEquals', ['blue', 'red'], 'red')).toBe(true);
  expect(holds('StringNotEquals', ['blue', 'red'], 'red')).toBe(false);
  expect(holds('NotIpAddress', ['203.0.113.0/24', '10.0.0.0/8'], '10.0.0.1')).toBe(false);
});

test.each([
  ['StringEquals', false],
  ['StringNotEquals', true],
  ['StringEqualsIfExists', true],
  ['StringNotEqualsIfExists', true],
  ['NotIpAddress', true],
  ['IpAddressIfExists', true],
  ['ForAllValues:StringEquals', true],
  ['ForAllValues:StringNotEquals', true],
  ['ForAnyValue:StringEquals', false],
  ['ForAnyValue:StringNotEquals', false],
])('%s without the key, or with no value of it: %s', (operator, expected) => {
  expect(holds(operator, ['x'], undefined)).toBe(expected);
  expect(holds(operator, ['x'], [])).toBe(expected);
});

test.each([
  ['StringEquals', ['a', 'z'], true],
  ['StringEquals', ['y', 'z'], false],
  ['StringNotEquals', ['a', 'z'], false],
  ['StringNotEquals', ['y', 'z'], true],
  ['ForAllValues:StringEquals', ['a', 'b'], true],
  ['ForAllValues:StringEquals', ['a', 'z'], false],
  ['ForAllValues:StringNotEquals', ['y', 'z'], true],
  ['ForAllValues:StringNotEquals', ['a', 'z'], false],
  ['ForAnyValue:StringEquals', ['a', 'z'], true],
  ['ForAnyValue:StringEquals', ['y', 'z'], false],
  ['ForAnyValue:StringNotEquals', ['a', 'z'], true],
  ['ForAnyValue:StringNotEquals', ['a', 'b'], false],
])('%s of a and b where the request has %j: %s', (operator, given, expected) => {
  expect(holds(operator, ['a', 'b'], given)).toBe(expected);
});

test('Null asks only for the key', () => {
  expect(holds('Null', ['true'], undefined)).toBe(true);
  expect(holds('Null', ['true'], 'x')).toBe(false);
  expect(holds('Null', ['False'], 'x')).toBe(true);
  expect(holds('Null', ['false'], [])).toBe(false);
  expect(holds('Null', ['maybe'], 'x')).toBe(false);
});

test('the old language has no variables', () => {
  expect(holds('StringEquals', ['${aws:username}'], 'Alice', { variables: false })).toBe(false);
  expect(holds('StringEquals', ['${aws:username}'], '${aws:username}', { variables: false })).toBe(true);
  expect(holds('StringLike', ['${*}'], '${anything}', { variables: false })).toBe(true);
});

describe('what is not certain is read so that it denies', () => {
  test.each([
    ['a star for an ARN', 'ArnLike', ['*'], role, false, true],
    ['a star for an ARN, negated', 'ArnNotLike', ['*'], role, false, true],
    ['any value of a missing key, if it exists', 'ForAnyValue:StringEqualsIfExists', ['x'], undefined, false, true],
    ['a variable in Bool', 'Bool', ["${aws:absent, 'true'}"], 'true', false, true],
    ['an operator that there is not', 'StringSounds', ['x'], 'x', false, true],
  ])('%s', (_name, operator, values, given, inAllow, inDeny) => {
    expect(holds(operator, values, given, { effect: 'Allow' })).toBe(inAllow);
    expect(holds(operator, values, given, { effect: 'Deny' })).toBe(inDeny);
  });
});

test('tells operators from other names', () => {
  for (const name of ['StringLike', 'ForAllValues:stringlike', 'ForAnyValue:ArnLikeIfExists', 'Null', 'bool'])
    expect(isOperator(name)).toBe(true);
  for (const name of ['String', 'NullIfExists', 'ForSomeValues:StringLike', 'IfExists', ''])
    expect(isOperator(name)).toBe(false);
});
