import { describe, expect, it } from 'vitest';
import { isRegion } from './names.ts';
import { findPartition, knownRegions, partitions } from './regions.ts';

describe('the regions', () => {
  it('are names of regions, each in one partition', () => {
    expect(knownRegions.filter((region) => !isRegion(region))).toEqual([]);
    expect(new Set(knownRegions).size).toBe(knownRegions.length);
  });

  it('are found in the partition that lists them', () => {
    for (const partition of partitions) {
      for (const region of partition.regions) expect(findPartition(region), region).toBe(partition);
    }
  });

  it.each([
    ['us-east-1', 'amazonaws.com'],
    ['us-gov-west-1', 'amazonaws.com'],
    ['cn-north-1', 'amazonaws.com.cn'],
    ['eusc-de-east-1', 'amazonaws.eu'],
    ['cn-south-7', 'amazonaws.com.cn'],
    ['eu-south-9', 'amazonaws.com'],
  ])('of %s end their host names in %s', (region, suffix) => {
    expect(findPartition(region).dnsSuffix).toBe(suffix);
  });
});
