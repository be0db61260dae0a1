import type { ErrorKind } from '../../../src/domain/errors.ts';
import type { Caller } from '../../support/app.ts';
import type { World } from './world.ts';

/** One way to one error of one operation, and all that the answer is to say. */
export interface ErrorCase {
  readonly operation: string;
  readonly error: string;
  /** Row of src/domain/errors.ts; without it the model refuses, before the operation is asked. */
  readonly kind?: ErrorKind | undefined;
  readonly when: string;
  readonly input: object | ((world: World) => object | Promise<object>);
  readonly caller?: Caller | undefined;
  /** 400 without it. */
  readonly status?: number | undefined;
  readonly message: string | ((world: World) => string);
  /** What the answer has beside type and message. */
  readonly members?: object | undefined;
}

export const resolve = async <T>(given: T | ((world: World) => T | Promise<T>), world: World): Promise<T> =>
  typeof given === 'function' ? await (given as (world: World) => T | Promise<T>)(world) : given;

/** ECR's frame around everything that is wrong with a parameter (ECR API reference, public transcripts). */
export const invalid = (field: string, constraint: string): string =>
  `Invalid parameter at '${field}' failed to satisfy constraint: '${constraint}'`;

export const repositoryName = 'errors';
export const error = 'InvalidParameterException';
export const atMost = (count: number): string => `Member must have length less than or equal to ${count}`;
