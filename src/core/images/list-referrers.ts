import { isLooseDigest, looseDigestPattern } from '../../domain/digest.ts';
import { RegistryError } from '../../domain/errors.ts';
import { annotationsIn, manifestLimit } from '../../domain/image/manifest.ts';
import { findImage, listReferrers as listPage } from '../../store/images.ts';
import type { Uses } from '../app.ts';
import type { ImageGate } from '../authorize.ts';
import type { Page } from '../repositories/list-repositories.ts';
import { judgeImage } from './judge-image.ts';

export interface Referrer {
  readonly digest: string;
  readonly mediaType: string;
  readonly artifactType: string | undefined;
  /** Bytes of the referrer's manifest. */
  readonly size: number;
  readonly annotations: Readonly<Record<string, string>>;
}

/** How many rows are looked at together. */
const batchSize = 100;

/** A page tells the annotations of referrers, and ends before their manifests are longer than one manifest may be. */
const pageBytes = manifestLimit;

/**
 * Images that name a digest as their subject, which need not be there (OCI distribution spec, "Listing Referrers"; ECR:
 * ListImageReferrers). Of several artifact types any will do; none means all. Looking is not a pull.
 * @throws RegistryError invalidParameter for a subject that is no digest.
 */
export async function listReferrers(
  app: Uses<'store' | 'keyRing' | 'pageTokens'>,
  gate: ImageGate<'ecr:BatchGetImage'>,
  subject: string,
  page: { limit: number; nextToken?: string | undefined; artifactTypes?: readonly string[] | undefined },
): Promise<Page<Referrer>> {
  if (!isLooseDigest(subject)) {
    const constraint = `must satisfy regular expression '${looseDigestPattern}'`;
    throw new RegistryError('invalidParameter', { field: 'subjectId.imageDigest', constraint });
  }
  const named = gate.narrowed
    ? await app.store.read.first(findImage, { repository: gate.repository.id, digest: subject })
    : undefined;
  const { repository } = await judgeImage(app.store.read, gate, { imageDigest: subject }, named);
  const wanted = new Set(page.artifactTypes);
  const scope = `referrers/${repository.id}/${subject}/${[...wanted].toSorted().join()}`;
  let after = page.nextToken === undefined ? 0 : Number(app.pageTokens.read(scope, page.nextToken));
  const entries: Referrer[] = [];
  let bytes = 0;
  for (;;) {
    const rows = await app.store.read.all(listPage, { repository: repository.id, subject, after, limit: batchSize });
    for (const row of rows) {
      if (wanted.size > 0 && !wanted.has(row.artifact_type ?? '')) continue;
      bytes += row.manifest_size;
      const isFull = entries.length === page.limit || (entries.length > 0 && bytes > pageBytes);
      if (isFull) return { entries, nextToken: app.pageTokens.write(scope, String(after)) };
      const body = await app.keyRing.openManifest(repository, row);
      const { digest, media_type: mediaType, artifact_type, manifest_size: size } = row;
      entries.push({
        digest,
        mediaType,
        artifactType: artifact_type ?? undefined,
        size,
        annotations: annotationsIn(body),
      });
      after = row.id;
    }
    const last = rows.at(-1);
    if (rows.length < batchSize || !last) return { entries };
    after = last.id;
  }
}
