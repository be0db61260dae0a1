import { isOperator, parseOperator } from '../policy/conditions/condition.ts';
import { parseDate } from '../policy/conditions/date.ts';
import type { Statement } from '../policy/document.ts';

/** Whether a statement has only operators that there are. */
export function hasKnownOperators({ condition }: Statement): boolean {
  return condition.every(({ operator }) => isOperator(operator));
}

/** Whether every value of a date operator is a date. One that is none would silently turn a Deny off. */
export function hasReadableDates({ condition }: Statement): boolean {
  return condition.every(
    ({ operator, values }) =>
      !parseOperator(operator).base.startsWith('date') || values.every((value) => parseDate(value) !== undefined),
  );
}
