import { isLooseDigest } from '../../domain/digest.ts';
import { findHolderOfLayer } from '../../store/images.ts';
import type { Call, Uses } from '../app.ts';
import type { AllowedOn } from '../authorize.ts';
import { statLayer } from './read-layer.ts';

export interface LayerState {
  readonly digest: string;
  readonly available: boolean;
  readonly size?: number | undefined;
  /** As the image that refers to it says; unknown before there is one. */
  readonly mediaType?: string | undefined;
}

export interface LayerFailure {
  readonly layerDigest: string;
  readonly failureCode: 'InvalidLayerDigest' | 'MissingLayerDigest';
  readonly failureReason: string;
}

/** Which layers a repository holds (ECR: BatchCheckLayerAvailability); who is told so may leave their bytes out. */
export async function checkLayers(
  app: Uses<'store' | 'limits'>,
  call: Call,
  allowed: AllowedOn<'ecr:BatchCheckLayerAvailability'>,
  digests: readonly string[],
): Promise<{ layers: LayerState[]; failures: LayerFailure[] }> {
  const layers: LayerState[] = [];
  const failures: LayerFailure[] = [];
  for (const digest of digests) {
    if (!isLooseDigest(digest)) {
      failures.push(failureOf(digest));
      continue;
    }
    const found = await statLayer(app, call, allowed, digest);
    const holder =
      found && (await app.store.read.first(findHolderOfLayer, { repository: allowed.repository.id, digest }));
    layers.push({
      digest,
      available: found !== undefined,
      size: found?.size,
      mediaType: holder?.media_type ?? undefined,
    });
  }
  return { layers, failures };
}

function failureOf(layerDigest: string): LayerFailure {
  if (layerDigest === '') {
    const failureReason = 'Invalid request parameters: layer digest cannot be empty';
    return { layerDigest, failureCode: 'MissingLayerDigest', failureReason };
  }
  const failureReason =
    "Invalid request parameters: layer digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'";
  return { layerDigest, failureCode: 'InvalidLayerDigest', failureReason };
}
