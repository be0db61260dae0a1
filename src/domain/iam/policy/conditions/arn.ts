import { compileArn } from '../arns.ts';
import type { Match, Template } from '../template.ts';
import type { ValueCompiler } from './values.ts';

/**
 * ArnEquals and ArnLike, which are the same. A value of stars alone is no ARN; whether it stands for every ARN is nowhere
 * written, so it does where that denies.
 */
export const compileArnLike: ValueCompiler = (values, { variables, whenUncertain }) => {
  const templates = values.flatMap((value): Template[] => {
    if (/^\*+$/.test(value)) return whenUncertain ? [everyArn] : [];
    const template = compileArn(value, variables);
    return template === undefined ? [] : [template];
  });
  return {
    variables: templates.flatMap((template) => template.variables),
    matches: (given, context) => templates.some((template) => template.match(given, context) === 'yes'),
  };
};

const everyArn: Template = { variables: [], match: (): Match => 'yes' };
