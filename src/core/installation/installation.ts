import type { RootKey } from '../../keys/port.ts';

/** What one installation of the registry is: its id in login tokens, its root key, the account made at first start. */
export interface Installation {
  readonly id: string;
  readonly root: RootKey;
  /** Account of the first administrator. */
  readonly account: string;
}
