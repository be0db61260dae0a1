import { expect, it } from 'vitest';
import { StartError } from './start-error.ts';

it('a refusal to start ends with 1 where nothing else is said, and keeps what was underneath', () => {
  const cause = new Error('EACCES');
  expect(new StartError('The folder cannot be opened.')).toMatchObject({ exitCode: 1, name: 'StartError' });
  expect(new StartError('The folder is in use.', { exitCode: 3, cause })).toMatchObject({ exitCode: 3, cause });
  expect('cause' in new StartError('The folder cannot be opened.')).toBe(false);
});
