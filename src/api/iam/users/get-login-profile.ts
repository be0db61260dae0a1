import type { GetLoginProfileCommandInput as Input, GetLoginProfileCommandOutput as Output } from '@aws-sdk/client-iam';
import { noSuchLoginProfile } from './login-profile.ts';
import { onUser } from './on-user.ts';

/** GetLoginProfile: nobody has one, since nothing here could give them one. */
const getLoginProfile = onUser<'iam:GetLoginProfile', Input, Output>(
  'iam:GetLoginProfile',
  async (_app, { entity }) => {
    throw noSuchLoginProfile(entity.name);
  },
);

export default getLoginProfile;
