import { statement } from '../db.ts';

/** Keys that act as a service, each with the resource that the service acts for. */

export const insertServiceCredential = statement<{
  id: string;
  account: string;
  service: string;
  sourceArn: string;
  secret: Uint8Array;
  created: number;
  expires: number;
}>()((db, p) =>
  db.insertInto('service_credential').values({
    id: p.id,
    account: p.account,
    service: p.service,
    source_arn: p.sourceArn,
    sealed_secret: p.secret,
    created_at: p.created,
    expires_at: p.expires,
  }),
);

/** A key with what it stands for and the revision of its account. */
export const findServiceCredential = statement<{ id: string }>()((db, p) =>
  db
    .selectFrom('service_credential')
    .innerJoin('account', 'account.id', 'service_credential.account')
    .select([
      'service_credential.account',
      'service_credential.service',
      'service_credential.source_arn',
      'service_credential.sealed_secret',
      'service_credential.expires_at',
      'account.revision',
      'account.closed_at',
    ])
    .where('service_credential.id', '=', p.id),
);

export const listServiceCredentials = statement<{ account: string }>()((db, p) =>
  db
    .selectFrom('service_credential')
    .select(['id', 'service', 'source_arn', 'created_at', 'expires_at'])
    .where('account', '=', p.account)
    .orderBy('created_at')
    .orderBy('id'),
);

export const deleteServiceCredential = statement<{ id: string; account: string }>()((db, p) =>
  db.deleteFrom('service_credential').where('id', '=', p.id).where('account', '=', p.account),
);

/** Keys that expired long ago. */
export const deleteServiceCredentials = statement<{ expiredBefore: number }>()((db, p) =>
  db.deleteFrom('service_credential').where('expires_at', '<', p.expiredBefore),
);
