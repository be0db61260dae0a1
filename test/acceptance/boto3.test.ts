import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missing, pythonWithBoto3 } from '../support/engines.ts';
import { runOk } from '../support/process.ts';
import { account, awsEnv, startStowage, type Stowage } from '../support/stowage.ts';

/** Runs Python with `client(name)` making boto3 clients of the server; gives what it prints as JSON. */
async function python(server: Stowage, lines: readonly string[]): Promise<unknown> {
  const preamble = [
    'import boto3, json, urllib.request, urllib.error',
    `client = lambda name: boto3.client(name, endpoint_url='${server.url}')`,
  ];
  const script = [...preamble, ...lines].join('\n');
  return JSON.parse(await runOk(pythonWithBoto3() ?? 'python3', ['-c', script], { env: awsEnv(server) })) as unknown;
}

describe.skipIf(missing('boto3'))('boto3', () => {
  let server: Stowage;

  beforeAll(async () => {
    server = await startStowage();
  });

  afterAll(async () => {
    await server?.close();
  });

  test('creates repositories and pages through them', async () => {
    const names = await python(server, [
      'ecr = client("ecr")',
      'for name in ("a/one", "b-two", "c__three"): ecr.create_repository(repositoryName=name)',
      'pages = ecr.get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": 1})',
      'print(json.dumps([r["repositoryName"] for page in pages for r in page["repositories"]]))',
    ]);
    expect(names).toEqual(['a/one', 'b-two', 'c__three']);
  });

  test('knows an exception by its class', async () => {
    const message = await python(server, [
      'ecr = client("ecr")',
      'try: ecr.describe_images(repositoryName="not-there")',
      'except ecr.exceptions.RepositoryNotFoundException as e: print(json.dumps(e.response["Error"]["Message"]))',
    ]);
    expect(message).toBe(`The repository with name 'not-there' does not exist in the registry with id '${account}'`);
  });

  test('presigns GetCallerIdentity, and one altered byte makes it worthless', async () => {
    const answers = await python(server, [
      'url = client("sts").generate_presigned_url("get_caller_identity", HttpMethod="GET")',
      'good = urllib.request.urlopen(url).read().decode()',
      'try: bad = urllib.request.urlopen(url[:-1] + ("0" if url[-1] != "0" else "1")).status',
      'except urllib.error.HTTPError as e: bad = e.code',
      'print(json.dumps([good, bad]))',
    ]);
    expect(answers).toEqual([expect.stringContaining(`<Arn>arn:aws:iam::${account}:user/admin</Arn>`), 403]);
  });
});
