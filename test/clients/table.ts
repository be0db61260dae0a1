/** Every client that is tried, in the order of docs/clients.md. */
import { awsCli } from './clients/aws-cli.ts';
import { awsSdk } from './clients/aws-sdk.ts';
import { buildkit } from './clients/buildkit.ts';
import { buildah, podman } from './clients/containers-storage.ts';
import { cdkAssets } from './clients/cdk-assets.ts';
import { cosign } from './clients/cosign.ts';
import { crane } from './clients/crane.ts';
import { ctr } from './clients/ctr.ts';
import { devcontainers } from './clients/devcontainers.ts';
import { docker } from './clients/docker.ts';
import { ecrLogin } from './clients/ecr-login.ts';
import { helm } from './clients/helm.ts';
import { kubeletProvider } from './clients/kubelet-provider.ts';
import { oras } from './clients/oras.ts';
import { regctl } from './clients/regctl.ts';
import { sigstoreOci } from './clients/sigstore-oci.ts';
import { skopeo } from './clients/skopeo.ts';
import type { Row } from './cell.ts';

export const table: readonly Row[] = [
  docker,
  podman,
  buildah,
  skopeo,
  ctr,
  crane,
  oras,
  regctl,
  helm,
  cosign,
  buildkit,
  ecrLogin,
  kubeletProvider,
  cdkAssets,
  devcontainers,
  sigstoreOci,
  awsSdk,
  awsCli,
];
