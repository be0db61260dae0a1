/** Clients from PyPI: each pinned, in a virtual environment of its own in the cache. */
import { join } from 'node:path';
import { installOnce } from './install-once.ts';

export const pypiTools = { awscli: '1.46.3' } as const;

/** The folder of the tool's programs, installed first where it is not there yet. */
export async function pypiTool(name: keyof typeof pypiTools): Promise<string> {
  const version = pypiTools[name];
  const folder = await installOnce(`pypi-${name}-${version}`, (place) => [
    ['python3', ['-m', 'venv', place]],
    [join(place, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', `${name}==${version}`]],
  ]);
  return join(folder, 'bin');
}
