import { RegistryError } from './errors.ts';

/**
 * Tokens of paged lists: where the page before ended, sealed by a MAC so that a made-up token is refused rather than
 * read. A token belongs to one list (`scope`), so that it cannot be carried from one repository to another.
 */
export interface PageTokens {
  write(scope: string, position: string): string;
  /** @throws RegistryError invalidParameter naming NextToken. */
  read(scope: string, token: string): string;
}

export function createPageTokens(mac: (text: string) => Buffer): PageTokens {
  const code = (scope: string, position: string): string =>
    mac(`${scope}\n${position}`).subarray(0, 15).toString('base64url');
  return {
    write: (scope, position) => `${Buffer.from(position).toString('base64url')}.${code(scope, position)}`,
    read: (scope, token) => {
      const dot = token.lastIndexOf('.');
      const position = Buffer.from(token.slice(0, Math.max(dot, 0)), 'base64url').toString();
      if (dot < 0 || token.length > 4096 || token.slice(dot + 1) !== code(scope, position)) {
        throw new RegistryError('invalidParameter', { field: 'NextToken', constraint: 'Invalid next token' });
      }
      return position;
    },
  };
}
