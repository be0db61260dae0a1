import { describe, expect, it } from 'vitest';
import { RegistryError } from '../../domain/errors.ts';
import { ConstraintError } from '../db.ts';
import { failureOf, spoilsConnection, translate } from './postgres-errors.ts';

const withCode = (code: string): Error => Object.assign(new Error('of the engine'), { code });

describe('an error of PostgreSQL', () => {
  it.each([
    ['40001', 'again', false],
    ['40P01', 'again', false],
    ['23505', 'constraint', false],
    ['23503', 'constraint', false],
    ['53100', 'full', false],
    ['22021', 'character', false],
    ['57014', 'unavailable', false],
    ['55P03', 'unavailable', false],
    ['08006', 'unavailable', true],
    ['25P03', 'unavailable', true],
    ['28P01', 'unavailable', true],
    ['53300', 'unavailable', true],
    ['57P01', 'unavailable', true],
    ['57P03', 'unavailable', true],
    ['ECONNREFUSED', 'unavailable', true],
    ['EAI_AGAIN', 'unavailable', true],
    ['42601', undefined, false],
    ['ENOSPC', undefined, false],
  ])('with the code %s is %s', (code, failure, spoils) => {
    expect(failureOf(withCode(code))).toBe(failure);
    expect(spoilsConnection(withCode(code))).toBe(spoils);
  });

  it.each([
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'Query read timeout',
    'Client has encountered a connection error and is not queryable',
  ])('of the driver, %s, means that the database does not answer', (message) => {
    expect(failureOf(new Error(message))).toBe('unavailable');
  });

  it('of a host with several addresses counts as that of the first', () => {
    expect(failureOf(new AggregateError([withCode('ECONNREFUSED'), withCode('EHOSTUNREACH')]))).toBe('unavailable');
  });

  it('becomes a refusal of ours, or stays what it is', () => {
    expect(translate(withCode('57P01'))).toMatchObject({ kind: 'databaseUnavailable', cause: { code: '57P01' } });
    expect(translate(withCode('40001'))).toMatchObject({ kind: 'databaseUnavailable' });
    expect(translate(withCode('53100'))).toMatchObject({ kind: 'storageFull' });
    expect(translate(withCode('22021'))).toMatchObject({ kind: 'invalidParameter' });
    expect(translate(withCode('23505'))).toBeInstanceOf(ConstraintError);
    const bug = withCode('42601');
    expect(translate(bug)).toBe(bug);
    const refusal = new RegistryError('storageFull', {});
    expect(translate(refusal)).toBe(refusal);
    expect(translate('thrown')).toBe('thrown');
  });
});
