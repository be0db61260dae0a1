import type {
  ListSigningCertificatesCommandInput as Input,
  ListSigningCertificatesCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { onUser } from './on-user.ts';

/** ListSigningCertificates: a user has no certificates, since nothing here could give it one. */
const listSigningCertificates = onUser<'iam:ListSigningCertificates', Input, Output>(
  'iam:ListSigningCertificates',
  async () => ({
    Certificates: [],
    IsTruncated: false,
  }),
);

export default listSigningCertificates;
