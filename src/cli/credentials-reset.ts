import { administer } from './administer.ts';
import type { Command } from './command.ts';

interface NewCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** The file that holds them now: the server's, whatever this command was told. */
  readonly credentialsFile: string;
}

export const resetCredentials: Command = {
  name: 'credentials reset',
  words: [],
  flags: [{ flag: 'json', switch: true, help: 'print the new keys as one JSON object' }],
  help: 'give the administrator new keys; the old ones stop working',
  listens: false,
  async run(invocation) {
    const result = (await administer(invocation, 'credentials.reset', {})) as NewCredentials;
    const { accessKeyId, secretAccessKey, credentialsFile } = result;
    const json = invocation.flags.has('json');
    invocation.terminal.stdout.write(
      json
        ? `${JSON.stringify({ accessKeyId, secretAccessKey })}\n`
        : `The new credentials are in ${credentialsFile}; the old ones are no longer good.\n`,
    );
    return 0;
  },
};
