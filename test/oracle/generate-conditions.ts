import type { Random } from './random.ts';

/** Keys of one kind of value: what requests have, what policies ask for, and the operators between them. */
interface Family {
  readonly operators: readonly string[];
  readonly keys: readonly string[];
  readonly given: readonly string[];
  readonly wanted: readonly string[];
  /** Values whose meaning the engines see differently: seldom. */
  readonly disputed?: readonly string[];
}

const texts: Family = {
  operators: [
    'StringEquals',
    'StringNotEquals',
    'StringEqualsIgnoreCase',
    'StringNotEqualsIgnoreCase',
    'StringLike',
    'StringNotLike',
    'stringequals',
  ],
  keys: ['aws:PrincipalTag/team', 'aws:ResourceTag/team', 'aws:SourceVpce', 'AWS:username'],
  given: ['red', 'Red', 'blue', 'r*d', 'r?d', 'vpce-0a1b', '$'],
  wanted: [
    'red',
    'blue',
    'RED',
    'r*',
    '?ed',
    'vpce-*',
    '*',
    'r${*}d',
    'r${?}d',
    '${$}',
    "${aws:PrincipalTag/absent, 'red'}",
    "${aws:PrincipalTag/absent, 'r*'}",
  ],
  disputed: ['${aws:PrincipalTag/team}', '${aws:ResourceTag/team}', '${aws:PrincipalTag/absent}', 'x${aws:username}*'],
};

const numbers: Family = {
  operators: [
    'NumericEquals',
    'NumericNotEquals',
    'NumericLessThan',
    'NumericLessThanEquals',
    'NumericGreaterThan',
    'NumericGreaterThanEquals',
  ],
  keys: ['aws:MultiFactorAuthAge'],
  given: ['0', '299', '300', '301', '3600'],
  wanted: ['300', '0', '3600', '300.5', '299'],
};

const dates: Family = {
  operators: [
    'DateEquals',
    'DateNotEquals',
    'DateLessThan',
    'DateLessThanEquals',
    'DateGreaterThan',
    'DateGreaterThanEquals',
  ],
  keys: ['aws:CurrentTime', 'aws:TokenIssueTime'],
  given: ['2026-01-01T00:00:00Z', '2026-06-30T12:00:00Z', '2025-12-31T23:59:59Z'],
  wanted: ['2026-01-01T00:00:00Z', '2026-01-01', '2026-06-30T14:00:00+02:00', '2027-01-01T00:00:00.000Z', '2025-01-01'],
  disputed: ['1767225600', '1790000000'],
};

const booleans: Family = {
  operators: ['Bool'],
  keys: ['aws:SecureTransport', 'aws:PrincipalIsAWSService'],
  given: ['true', 'false'],
  wanted: ['true', 'false', 'True', 'FALSE'],
};

const bytes: Family = {
  operators: ['BinaryEquals'],
  keys: ['aws:SourceIdentity'],
  given: ['cmVk', 'Ymx1ZQ=='],
  wanted: ['cmVk', 'Ymx1ZQ==', 'Z3JlZW4='],
};

const addresses: Family = {
  operators: ['IpAddress', 'NotIpAddress'],
  keys: ['aws:SourceIp', 'aws:VpcSourceIp'],
  given: ['203.0.113.9', '203.0.113.9', '10.1.2.3', '198.51.100.1', '2001:db8:1::5', '2001:db9::1'],
  wanted: ['203.0.113.0/24', '10.0.0.0/8', '203.0.113.8/31', '2001:db8::/32', '2001:db8:1::/64', '198.51.0.0/17'],
  disputed: ['0.0.0.0/0', '203.0.113.9', '198.51.100.2', '2001:db9::1'],
};

const arns: Family = {
  operators: ['ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike'],
  keys: ['aws:PrincipalArn', 'aws:SourceArn'],
  given: [
    'arn:aws:iam::111122223333:role/ci/builder',
    'arn:aws:iam::444455556666:user/alice',
    'arn:aws:lambda:eu-west-1:111122223333:function:red:live',
  ],
  wanted: [
    'arn:aws:iam::111122223333:role/ci/builder',
    'arn:aws:iam::*:user/*',
    'arn:aws:iam::1111*:role/*',
    'arn:aws:lambda:*:*:function:*',
    'arn:*:*:*:*:*',
    'arn:aws:*:111122223333:*:x',
    'arn:aws:iam::444455556666:user/al?ce',
    "arn:aws:lambda:*:*:function:${aws:PrincipalTag/absent, 'red'}:*",
  ],
  disputed: ['*', 'arn:aws:lambda:*:*:function:${aws:PrincipalTag/team}:*'],
};

const lists: Family = {
  operators: ['StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike', 'StringEqualsIgnoreCase'],
  keys: ['aws:CalledVia', 'aws:PrincipalOrgPaths'],
  given: ['athena.amazonaws.com', 'cloudformation.amazonaws.com', 'o-a1/r-b2/ou-c3/', 'o-a1/r-b2/ou-d4/'],
  wanted: [
    'athena.amazonaws.com',
    'cloudformation.*',
    'o-a1/*',
    'o-a1/r-b2/ou-c3/',
    '*.amazonaws.com',
    'ATHENA.amazonaws.com',
  ],
};

const single: readonly Family[] = [
  texts,
  texts,
  texts,
  numbers,
  dates,
  booleans,
  bytes,
  addresses,
  addresses,
  arns,
  arns,
];
const families: readonly Family[] = [...new Set([...single, lists])];

/** One or two conditions of a statement. */
export function generateConditions(random: Random): Record<string, Record<string, string[]>> {
  const conditions: Record<string, Record<string, string[]>> = {};
  for (let left = 1 + random.below(2); left > 0; left -= 1) {
    const [operator, key, values] = generateCondition(random);
    conditions[operator] = { ...conditions[operator], [key]: values };
  }
  return conditions;
}

function generateCondition(random: Random): [operator: string, key: string, values: string[]] {
  const several = random.chance(15);
  const family = several ? lists : random.pick(single);
  const key = random.pick(family.keys);
  if (random.chance(8)) return ['Null', key, [random.pick(['true', 'false'])]];
  const values = random.some(family.wanted, 1, 3);
  if (family.disputed !== undefined && random.chance(8)) values[0] = random.pick(family.disputed);
  const set = several || random.chance(5) ? random.pick(['ForAllValues:', 'ForAnyValue:']) : '';
  const ifExists = random.chance(set === '' ? 15 : 6) ? 'IfExists' : '';
  return [`${set}${random.pick(family.operators)}${ifExists}`, key, [...new Set(values)]];
}

/** What the request has: each key half of the time or more. */
export function generateContext(random: Random): Record<string, string | string[]> {
  const context: Record<string, string | string[]> = {};
  for (const family of families) {
    for (const key of family.keys) {
      if (!random.chance(75)) continue;
      const some = [...new Set(random.some(family.given, 1, 3))];
      context[key === 'AWS:username' ? 'aws:username' : key] = family === lists ? some : (some[0] ?? '');
    }
  }
  return context;
}
