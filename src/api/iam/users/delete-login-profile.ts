import type {
  DeleteLoginProfileCommandInput as Input,
  DeleteLoginProfileCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { noSuchLoginProfile } from './login-profile.ts';
import { onUser } from './on-user.ts';

/** DeleteLoginProfile: nobody has one, since nothing here could give them one. */
const deleteLoginProfile = onUser<'iam:DeleteLoginProfile', Input, Output>(
  'iam:DeleteLoginProfile',
  async (_app, { entity }) => {
    throw noSuchLoginProfile(entity.name);
  },
);

export default deleteLoginProfile;
