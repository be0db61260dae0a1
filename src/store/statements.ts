import * as accountLimits from './account-limits.ts';
import * as accounts from './accounts.ts';
import type { Statement } from './db.ts';
import * as iamAccessKeys from './iam/access-keys.ts';
import * as iamAccountStates from './iam/account-states.ts';
import * as iamAttachments from './iam/attachments.ts';
import * as iamEntities from './iam/entities.ts';
import * as iamGroups from './iam/groups.ts';
import * as iamInlinePolicies from './iam/inline-policies.ts';
import * as iamPolicies from './iam/policies.ts';
import * as iamRights from './iam/rights.ts';
import * as iamRoles from './iam/roles.ts';
import * as iamServiceCredentials from './iam/service-credentials.ts';
import * as iamSummary from './iam/summary.ts';
import * as iamTags from './iam/tags.ts';
import * as iamUsers from './iam/users.ts';
import * as images from './images.ts';
import * as layers from './layers.ts';
import * as repositories from './repositories.ts';
import * as repositoryContents from './repository-contents.ts';
import * as resourcePolicies from './resource-policies.ts';
import * as tags from './tags.ts';
import * as uploads from './uploads.ts';

/** The files of statements: a new one is a line here. */
const files = {
  accountLimits,
  accounts,
  iamAccessKeys,
  iamAccountStates,
  iamAttachments,
  iamEntities,
  iamGroups,
  iamInlinePolicies,
  iamPolicies,
  iamRights,
  iamRoles,
  iamServiceCredentials,
  iamSummary,
  iamTags,
  iamUsers,
  images,
  layers,
  repositories,
  repositoryContents,
  resourcePolicies,
  tags,
  uploads,
};

export type AnyStatement = Statement<never, unknown>;

/** Every statement by its name: `images.findImage`, and with its place behind it where a file exports a list of them. */
export function listStatements(): Map<string, AnyStatement> {
  const found = new Map<string, AnyStatement>();
  for (const [file, exported] of Object.entries(files)) {
    for (const [name, value] of Object.entries(exported)) {
      if (isStatement(value)) found.set(`${file}.${name}`, value);
      else if (Array.isArray(value))
        value.filter(isStatement).forEach((each, place) => found.set(`${file}.${name}.${place}`, each));
    }
  }
  return found;
}

const isStatement = (value: unknown): value is AnyStatement =>
  typeof value === 'object' && value !== null && typeof (value as { build?: unknown }).build === 'function';
