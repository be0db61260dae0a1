import {
  isInNetwork,
  parseIpAddress,
  parseIpNetwork,
  type IpAddress,
  type IpNetwork,
} from '../../../../lib/ip-address.ts';
import type { ValueCompiler } from './values.ts';

/** The address that was read last: many statements may ask for that of the same request. */
let recent: { readonly text: string; readonly address: IpAddress | undefined } = { text: '', address: undefined };

function recentAddress(text: string): IpAddress | undefined {
  if (recent.text !== text) recent = { text, address: parseIpAddress(text) };
  return recent.address;
}

/** IpAddress: whether the address of the request lies in one of the ranges. IPv4 and IPv6 never meet. */
export const compileAddress: ValueCompiler = (values) => {
  const ranges = values.flatMap((value): IpNetwork[] => {
    const range = parseIpNetwork(value);
    return range === undefined ? [] : [range];
  });
  const matches = (text: string): boolean => {
    const address = recentAddress(text);
    return address !== undefined && ranges.some((range) => isInNetwork(range, address));
  };
  return { variables: [], matches };
};
