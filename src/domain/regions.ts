/**
 * The regions of AWS and the domains that their host names end in, as the partition table of AWS's SDK for JavaScript has
 * them (@aws-sdk/core 3.981, November 2026). Left out are the partitions that only governments reach.
 */
export interface Partition {
  readonly id: string;
  /** What host names of its services end in. */
  readonly dnsSuffix: string;
  readonly regions: readonly string[];
}

const aws: Partition = {
  id: 'aws',
  dnsSuffix: 'amazonaws.com',
  regions: [
    ...['af-south-1', 'ap-east-1', 'ap-east-2', 'ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3'],
    ...['ap-south-1', 'ap-south-2', 'ap-southeast-1', 'ap-southeast-2', 'ap-southeast-3', 'ap-southeast-4'],
    ...['ap-southeast-5', 'ap-southeast-6', 'ap-southeast-7', 'ca-central-1', 'ca-west-1'],
    ...[
      'eu-central-1',
      'eu-central-2',
      'eu-north-1',
      'eu-south-1',
      'eu-south-2',
      'eu-west-1',
      'eu-west-2',
      'eu-west-3',
    ],
    ...['il-central-1', 'me-central-1', 'me-south-1', 'me-west-1', 'mx-central-1', 'sa-east-1', 'sa-west-1'],
    ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2'],
  ],
};

const china: Partition = {
  id: 'aws-cn',
  dnsSuffix: 'amazonaws.com.cn',
  regions: ['cn-north-1', 'cn-northwest-1'],
};

const europe: Partition = {
  id: 'aws-eusc',
  dnsSuffix: 'amazonaws.eu',
  regions: ['eusc-de-east-1'],
};

const government: Partition = {
  id: 'aws-us-gov',
  dnsSuffix: 'amazonaws.com',
  regions: ['us-gov-east-1', 'us-gov-west-1'],
};

export const partitions: readonly Partition[] = [aws, china, europe, government];

/** Every region that is known by name. One of the right form that is not in here is as good: AWS opens new ones. */
export const knownRegions: readonly string[] = partitions.flatMap(({ regions }) => regions);

/** The partition of any region of the right form, by how its name begins. */
export function findPartition(region: string): Partition {
  if (region.startsWith('cn-')) return china;
  if (region.startsWith('eusc-')) return europe;
  return region.startsWith('us-gov-') ? government : aws;
}
