import { expect, test } from 'vitest';
import { withLazyModel } from './lazy-model.ts';

const handlers = (...actions: string[]) => new Map(actions.map((action) => [action, { handle: async () => ({}) }]));

test('a service reads its model once', () => {
  const service = withLazyModel('sts', handlers('GetCallerIdentity'));
  expect(service.model.metadata.serviceId).toBe('STS');
  expect(service.model).toBe(service.model);
});

test.each([
  ['ecr', 'Nothing', 'the model of ecr has no operation Nothing'],
  ['sts', 'AssumeRoleWithWebIdentity', 'without a signature'],
])('a table of %s with %s does not serve', (name, action, words) => {
  expect(() => withLazyModel(name, handlers(action)).model).toThrow(words);
});
