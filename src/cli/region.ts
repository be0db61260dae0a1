import { type Invocation, UsageError } from './command.ts';

/** The flag of the commands that work in one region. */
export const regionFlag = {
  flag: 'region',
  switch: false,
  help: 'the region; AWS_REGION, AWS_DEFAULT_REGION or us-east-1 else',
};

/** The region that was asked for, found as the AWS CLI finds it. */
export function chooseRegion({ flags, terminal }: Pick<Invocation, 'flags' | 'terminal'>): string {
  const region =
    flags.get('region')?.at(-1) || terminal.env['AWS_REGION'] || terminal.env['AWS_DEFAULT_REGION'] || 'us-east-1';
  if (!/^[a-z]{2,}(-[a-z]+)+-\d{1,2}$/.test(region))
    throw new UsageError(`"${region}" is not a region, as in us-east-1.`);
  return region;
}
