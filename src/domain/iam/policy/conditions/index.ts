import { compileAddress } from './address.ts';
import { compileArnLike } from './arn.ts';
import { compileBinary } from './binary.ts';
import { compileBool } from './bool.ts';
import { compileDate } from './date.ts';
import { compileNumeric } from './numeric.ts';
import { compileEqual, compileEqualIgnoringCase, compileLike } from './text.ts';
import type { ValueCompiler } from './values.ts';

export interface Operator {
  /** True where the condition holds if nothing matches. */
  readonly negated: boolean;
  readonly compile: ValueCompiler;
}

const is = (compile: ValueCompiler): Operator => ({ negated: false, compile });
const isNot = (compile: ValueCompiler): Operator => ({ negated: true, compile });

const equal = (given: number, wanted: number): boolean => given === wanted;
const less = (given: number, wanted: number): boolean => given < wanted;
const atMost = (given: number, wanted: number): boolean => given <= wanted;
const greater = (given: number, wanted: number): boolean => given > wanted;
const atLeast = (given: number, wanted: number): boolean => given >= wanted;

/** The operators of conditions by their names in lower case; Null, which asks only for the key, stands beside them. */
export const operators: ReadonlyMap<string, Operator> = new Map(
  Object.entries({
    stringequals: is(compileEqual),
    stringnotequals: isNot(compileEqual),
    stringequalsignorecase: is(compileEqualIgnoringCase),
    stringnotequalsignorecase: isNot(compileEqualIgnoringCase),
    stringlike: is(compileLike),
    stringnotlike: isNot(compileLike),
    numericequals: is(compileNumeric(equal)),
    numericnotequals: isNot(compileNumeric(equal)),
    numericlessthan: is(compileNumeric(less)),
    numericlessthanequals: is(compileNumeric(atMost)),
    numericgreaterthan: is(compileNumeric(greater)),
    numericgreaterthanequals: is(compileNumeric(atLeast)),
    dateequals: is(compileDate(equal)),
    datenotequals: isNot(compileDate(equal)),
    datelessthan: is(compileDate(less)),
    datelessthanequals: is(compileDate(atMost)),
    dategreaterthan: is(compileDate(greater)),
    dategreaterthanequals: is(compileDate(atLeast)),
    bool: is(compileBool),
    binaryequals: is(compileBinary),
    ipaddress: is(compileAddress),
    notipaddress: isNot(compileAddress),
    arnequals: is(compileArnLike),
    arnlike: is(compileArnLike),
    arnnotequals: isNot(compileArnLike),
    arnnotlike: isNot(compileArnLike),
  }),
);
