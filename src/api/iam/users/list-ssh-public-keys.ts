import type {
  ListSSHPublicKeysCommandInput as Input,
  ListSSHPublicKeysCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { onUser } from './on-user.ts';

/** ListSSHPublicKeys: a user has no SSH keys, since nothing here could give it one. */
const listSSHPublicKeys = onUser<'iam:ListSSHPublicKeys', Input, Output>('iam:ListSSHPublicKeys', async () => ({
  SSHPublicKeys: [],
  IsTruncated: false,
}));

export default listSSHPublicKeys;
