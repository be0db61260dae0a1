import type { Generated } from 'kysely';

/**
 * The rows of the metadata store, as migrations/ makes them. Times are integer milliseconds since 1970, flags 0 or 1,
 * JSON is text. What is secret is sealed (keys/seal.ts); so is every manifest body, since its annotations are free text.
 *
 *   account ──┬─ user ──┬─ access key ── login token
 *      │      │         └─ membership ── group
 *      │      ├─ role
 *      │      └─ policy ── policy version
 *      │           users, groups and roles: attachment (to a policy), inline policy; users, roles, policies: tag
 *      │
 *      └─ repository ──┬─ image ──┬─ manifest        the sealed body
 *                      │          ├─ tag             name → image
 *                      │          ├─ image_layer     which links the image refers to
 *                      │          └─ image_child     which images an index refers to
 *                      ├─ link ──── blob             a digest that the repository holds; bytes shared by account and key
 *                      └─ upload                     a layer under way of which bytes are there
 */
export interface Schema {
  meta: { name: string; value: string };
  /** `closed_at`: from then on nothing of the account takes a request; its data are kept. */
  account: { id: string; created_at: number; revision: number; closed_at: Generated<number | null> };
  /** `name`: `iam.users`, … */
  account_limit: { account: string; name: string; value: number };
  account_setting: { account: string; region: string; name: string; value: string };
  registry_key: { account: string; region: string; id: string; sealed: Uint8Array; created_at: number };
  /** `name_key` here and below: the name in lower case, since names differ in more than case. `boundary`: ARN of a policy. */
  iam_user: {
    id: string;
    account: string;
    name: string;
    name_key: string;
    path: string;
    boundary: Generated<string | null>;
    created_at: number;
  };
  access_key: {
    id: string;
    account: string;
    user_id: string;
    sealed_secret: Uint8Array;
    active: number;
    created_at: number;
    last_used_at: Generated<number | null>;
    last_used_service: Generated<string | null>;
    last_used_region: Generated<string | null>;
  };
  iam_group: { id: string; account: string; name: string; name_key: string; path: string; created_at: number };
  iam_membership: { group_id: string; user_id: string };
  iam_role: {
    id: string;
    account: string;
    name: string;
    name_key: string;
    path: string;
    description: string | null;
    /** The trust policy as it was sent, and what its principals stood for when it was saved (domain/iam/documents). */
    trust: string;
    trust_principals: string;
    /** Seconds. */
    max_session: number;
    boundary: Generated<string | null>;
    created_at: number;
    last_used_at: Generated<number | null>;
    last_used_region: Generated<string | null>;
  };
  iam_policy: {
    id: string;
    account: string;
    name: string;
    name_key: string;
    path: string;
    description: string | null;
    default_version: number;
    /** The number of the version made last; numbers are never given twice. */
    latest_version: number;
    created_at: number;
    updated_at: number;
  };
  iam_policy_version: { policy: string; version: number; document: string; created_at: number };
  /** `entity`: unique id of a user, group or role; its prefix tells which. `policy`: ARN. */
  iam_attachment: { entity: string; policy: string; account: string };
  iam_inline_policy: { entity: string; name_key: string; name: string; document: string };
  /** `entity`: unique id of a user, role or policy. */
  iam_tag: { entity: string; name_key: string; name: string; value: string };
  /** A key with which an account's administrator acts as a service. */
  service_credential: {
    id: string;
    account: string;
    service: string;
    source_arn: string;
    sealed_secret: Uint8Array;
    created_at: number;
    expires_at: number;
  };
  login_token: {
    id: string;
    account: string;
    region: string;
    access_key: string;
    user_id: string;
    context: string;
    issued_at: number;
    expires_at: number;
  };
  repository: {
    id: Generated<number>;
    account: string;
    region: string;
    name: string;
    tag_mutability: string;
    /** JSON: patterns of the tags that the mode does not speak of, in the order given. */
    mutability_filters: string;
    encryption_type: string;
    scan_on_push: number;
    created_at: number;
    /** 0 where it has no policy; else another number after each change of it. */
    policy_revision: Generated<number>;
  };
  /** `document` in ECR's form; `principals`: JSON, what its principals stood for when it was saved. */
  repository_policy: { repository: number; document: string; principals: string };
  registry_policy: { account: string; region: string; document: string; principals: string; revision: number };
  repository_tag: { repository: number; name: string; value: string };
  image: {
    id: Generated<number>;
    repository: number;
    digest: string;
    media_type: string;
    artifact_type: string | null;
    /** Compressed bytes of config and layers; for an index those of its largest child. */
    size: number;
    manifest_size: number;
    subject: string | null;
    pushed_at: number;
    pulled_at: number | null;
  };
  manifest: { image: number; wrap: Uint8Array; sealed: Uint8Array };
  tag: { repository: number; name: string; image: number; updated_at: number };
  blob: {
    id: string;
    account: string;
    region: string;
    key_id: string;
    digest: string;
    size: number;
    created_at: number;
    /** All of its bytes as a file would have them, of a blob that is too short to have a file. */
    sealed: Uint8Array | null;
  };
  link: {
    repository: number;
    digest: string;
    blob: string;
    size: number;
    wrap: Uint8Array;
    lease_until: number | null;
  };
  image_layer: { repository: number; digest: string; image: number; media_type: string | null };
  image_child: { repository: number; child: string; parent: number };
  upload: {
    id: string;
    repository: number;
    blob: string;
    wrap: Uint8Array;
    received: number;
    /** Sealed bytes that no segment of the file holds yet; of a whole upload all of it, where it is short. */
    tail: Uint8Array | null;
    /** Digest of all that was received, where that is a finished blob, in its file or in `tail`. */
    whole: string | null;
    /** Parts of the AWS API: how many, bytes of the last, and 1 when one before the last was too small. */
    parts: number;
    last_part: number;
    small_part: number;
    created_at: number;
    touched_at: number;
    /** The node that writes its file; '' where there is one only. */
    node: string;
  };
  /** Ids that would prove an upload that has ended (core/layers/upload-ids.ts). */
  ended_upload: { id: string };
  doomed_blob: { id: string; remove_after: number };
}
