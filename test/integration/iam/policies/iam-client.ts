/** IAM as the unmodified SDK speaks to it, and what came over the wire. */
import type { IAM } from '@aws-sdk/client-iam';
import { expect } from 'vitest';
import type { RunningApp } from '../../../support/app.ts';
import type { Credentials } from '../../../support/stowage.ts';
import { recordAnswers, type RawAnswer } from '../../../support/wire/raw-answers.ts';

export interface RecordedIam {
  readonly iam: IAM;
  /** Every answer so far, in their order. */
  readonly answers: RawAnswer[];
}

/** A client for the administrator, or for whom the keys are. */
export function iamAt(app: RunningApp, credentials: Credentials = app.credentials()): RecordedIam {
  const iam = app.iam({ credentials });
  return { iam, answers: recordAnswers(iam) };
}

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** How a call is refused, as it came over the wire. */
export async function refusalOf({ answers }: RecordedIam, call: Promise<unknown>): Promise<Refusal> {
  await expect(call).rejects.toBeInstanceOf(Error);
  const { status = 0, body = '' } = answers.at(-1) ?? {};
  const text = (name: string): string => unescape(new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1] ?? '');
  expect(body).toContain('<Type>Sender</Type>');
  return { status, code: text('Code'), message: text('Message') };
}

const characters: Readonly<Record<string, string>> = { quot: '"', amp: '&', lt: '<', gt: '>', apos: "'" };
const unescape = (text: string): string =>
  text.replaceAll(/&(\w+);/g, (whole, name: string) => characters[name] ?? whole);

/** A document that allows an action on everything. */
export const allow = (...actions: string[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] });

/** A trust policy for one or more AWS principals. */
export const trust = (...principals: string[]): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: principals }, Action: 'sts:AssumeRole' }],
  });

/** A trust policy that names no principal of an account. */
export const serviceTrust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});

/** A document as an answer carries it, decoded. */
export const decoded = (document: string | undefined): string => decodeURIComponent(document ?? '');

/** A user with keys and one inline policy. */
export async function userWith({ iam }: RecordedIam, UserName: string, document: string): Promise<Credentials> {
  await iam.createUser({ UserName });
  await iam.putUserPolicy({ UserName, PolicyName: 'own', PolicyDocument: document });
  const { AccessKey } = await iam.createAccessKey({ UserName });
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}
