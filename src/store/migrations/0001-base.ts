import type { Migration } from './index.ts';

/** The base: accounts and their credentials, repositories, images, layers, uploads. */
export const base: Migration = {
  number: 1,
  statements: ({ integer, bytes, text, counter, narrow, table }) => [
    `create table meta (name ${text} primary key not null, value ${text} not null)${narrow}`,
    `create table account (
      id ${text} primary key not null, created_at ${integer} not null, revision ${integer} not null)${table}`,
    `create table account_setting (
      account ${text} not null, region ${text} not null, name ${text} not null, value ${text} not null,
      primary key (account, region, name))${narrow}`,
    `create table registry_key (
      account ${text} not null, region ${text} not null, id ${text} not null, sealed ${bytes} not null,
      created_at ${integer} not null, primary key (account, region))${narrow}`,
    `create table iam_user (
      id ${text} primary key not null, account ${text} not null references account (id), name ${text} not null,
      path ${text} not null, administrator ${integer} not null, created_at ${integer} not null)${table}`,
    `create unique index iam_user_by_name on iam_user (account, name)`,
    `create table access_key (
      id ${text} primary key not null, account ${text} not null, user_id ${text} not null references iam_user (id),
      sealed_secret ${bytes} not null, active ${integer} not null, created_at ${integer} not null)${table}`,
    `create index access_key_by_user on access_key (user_id)`,
    `create table login_token (
      id ${text} primary key not null, account ${text} not null, region ${text} not null, access_key ${text} not null,
      user_id ${text} not null, context ${text} not null, issued_at ${integer} not null, expires_at ${integer} not null)${narrow}`,
    `create index login_token_by_expiry on login_token (expires_at)`,

    `create table repository (
      id ${counter}, account ${text} not null references account (id), region ${text} not null, name ${text} not null,
      tag_mutability ${text} not null, mutability_filters ${text} not null, encryption_type ${text} not null, scan_on_push ${integer} not null,
      created_at ${integer} not null)${table}`,
    `create table repository_tag (
      repository ${integer} not null references repository (id), name ${text} not null, value ${text} not null,
      primary key (repository, name))${narrow}`,
    `create unique index repository_by_name on repository (account, region, name)`,
    `create table image (
      id ${counter}, repository ${integer} not null references repository (id), digest ${text} not null,
      media_type ${text} not null, artifact_type ${text}, size ${integer} not null,
      manifest_size ${integer} not null, subject ${text},
      pushed_at ${integer} not null, pulled_at ${integer})${table}`,
    `create unique index image_by_digest on image (repository, digest)`,
    `create index image_in_order on image (repository, id)`,
    `create index image_by_subject on image (repository, subject) where subject is not null`,
    `create table manifest (
      image ${integer} primary key not null references image (id), wrap ${bytes} not null,
      sealed ${bytes} not null)${table}`,
    `create table tag (
      repository ${integer} not null, name ${text} not null, image ${integer} not null references image (id),
      updated_at ${integer} not null, primary key (repository, name))${narrow}`,
    `create index tag_by_image on tag (image, name)`,

    `create table blob (
      id ${text} primary key not null, account ${text} not null, region ${text} not null, key_id ${text} not null,
      digest ${text} not null, size ${integer} not null, created_at ${integer} not null)${table}`,
    `create unique index blob_by_digest on blob (account, region, key_id, digest)`,
    `create table link (
      repository ${integer} not null references repository (id), digest ${text} not null,
      blob ${text} not null references blob (id), size ${integer} not null, wrap ${bytes} not null,
      lease_until ${integer}, primary key (repository, digest))${narrow}`,
    `create index link_by_blob on link (blob)`,
    `create index link_by_lease on link (lease_until) where lease_until is not null`,
    `create table image_layer (
      repository ${integer} not null, digest ${text} not null, image ${integer} not null references image (id),
      media_type ${text}, primary key (repository, digest, image))${narrow}`,
    `create index image_layer_by_image on image_layer (image)`,
    `create table image_child (
      repository ${integer} not null, child ${text} not null, parent ${integer} not null references image (id),
      primary key (repository, child, parent))${narrow}`,
    `create index image_child_by_parent on image_child (parent)`,
    `create table upload (
      id ${text} primary key not null, repository ${integer} not null references repository (id), blob ${text} not null,
      wrap ${bytes} not null, received ${integer} not null, tail ${bytes},
      parts ${integer} not null, last_part ${integer} not null, small_part ${integer} not null, created_at ${integer} not null,
      touched_at ${integer} not null)${table}`,
    `create index upload_by_repository on upload (repository)`,
    `create index upload_by_age on upload (touched_at)`,
    `create unique index upload_by_blob on upload (blob)`,
    `create table doomed_blob (
      id ${text} primary key not null, remove_after ${integer} not null)${narrow}`,
    `create index doomed_blob_by_time on doomed_blob (remove_after)`,
  ],
};
