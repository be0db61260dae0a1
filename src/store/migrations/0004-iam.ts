import type { Migration } from './index.ts';

/**
 * The whole of IAM: groups, roles, policies and what ties them together, services' credentials, policies of repositories
 * and registries, closed accounts. Who was marked as administrator until now holds the managed policy from now on.
 */
export const iam: Migration = {
  number: 4,
  statements: ({ integer, bytes, text, narrow, table }) => [
    `alter table account add column closed_at ${integer}`,

    `alter table iam_user add column name_key ${text} not null default ''`,
    `alter table iam_user add column boundary ${text}`,
    `update iam_user set name_key = lower(name)`,
    `drop index iam_user_by_name`,
    `create unique index iam_user_by_name on iam_user (account, name_key)`,
    `alter table access_key add column last_used_at ${integer}`,
    `alter table access_key add column last_used_service ${text}`,
    `alter table access_key add column last_used_region ${text}`,

    `create table iam_group (
      id ${text} primary key not null, account ${text} not null references account (id), name ${text} not null,
      name_key ${text} not null, path ${text} not null, created_at ${integer} not null)${table}`,
    `create unique index iam_group_by_name on iam_group (account, name_key)`,
    `create table iam_membership (
      group_id ${text} not null references iam_group (id), user_id ${text} not null references iam_user (id),
      primary key (group_id, user_id))${narrow}`,
    `create index iam_membership_by_user on iam_membership (user_id)`,
    `create table iam_role (
      id ${text} primary key not null, account ${text} not null references account (id), name ${text} not null,
      name_key ${text} not null, path ${text} not null, description ${text}, trust ${text} not null,
      trust_principals ${text} not null, max_session ${integer} not null, boundary ${text},
      created_at ${integer} not null, last_used_at ${integer}, last_used_region ${text})${table}`,
    `create unique index iam_role_by_name on iam_role (account, name_key)`,
    `create table iam_policy (
      id ${text} primary key not null, account ${text} not null references account (id), name ${text} not null,
      name_key ${text} not null, path ${text} not null, description ${text}, default_version ${integer} not null,
      latest_version ${integer} not null, created_at ${integer} not null, updated_at ${integer} not null)${table}`,
    `create unique index iam_policy_by_name on iam_policy (account, name_key)`,
    `create table iam_policy_version (
      policy ${text} not null references iam_policy (id), version ${integer} not null, document ${text} not null,
      created_at ${integer} not null, primary key (policy, version))${table}`,
    `create table iam_attachment (
      entity ${text} not null, policy ${text} not null, account ${text} not null,
      primary key (entity, policy))${narrow}`,
    `create index iam_attachment_by_policy on iam_attachment (account, policy, entity)`,
    `create table iam_inline_policy (
      entity ${text} not null, name_key ${text} not null, name ${text} not null, document ${text} not null,
      primary key (entity, name_key))${table}`,
    `create table iam_tag (
      entity ${text} not null, name_key ${text} not null, name ${text} not null, value ${text} not null,
      primary key (entity, name_key))${narrow}`,
    `insert into iam_attachment (entity, policy, account)
      select id, 'arn:aws:iam::aws:policy/AdministratorAccess', account from iam_user where administrator = 1`,
    `alter table iam_user drop column administrator`,

    `create table service_credential (
      id ${text} primary key not null, account ${text} not null references account (id), service ${text} not null,
      source_arn ${text} not null, sealed_secret ${bytes} not null, created_at ${integer} not null,
      expires_at ${integer} not null)${table}`,
    `create index service_credential_by_account on service_credential (account)`,

    `alter table repository add column policy_revision ${integer} not null default 0`,
    `create table repository_policy (
      repository ${integer} primary key not null references repository (id), document ${text} not null,
      principals ${text} not null)${table}`,
    `create table registry_policy (
      account ${text} not null references account (id), region ${text} not null, document ${text} not null,
      principals ${text} not null, revision ${integer} not null, primary key (account, region))${table}`,
  ],
};
