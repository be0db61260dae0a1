import { join } from 'node:path';

export interface GreetingFacts {
  readonly version: string;
  /** URL of the plain listener, such as http://127.0.0.1:4566. */
  readonly origin: string;
  /** URL of the HTTPS listener, where there is one. */
  readonly tlsOrigin?: string | undefined;
  /** VPC endpoints with a listener of their own: id and URL. */
  readonly endpointOrigins?: ReadonlyMap<string, string> | undefined;
  readonly account: string;
  readonly dataFolder: string;
  readonly credentialsFile: string;
  /** The folder in which this Stowage lies. */
  readonly home: string;
}

/** Text as one word of a POSIX shell. */
export function quote(text: string): string {
  return /^[A-Za-z0-9_/.:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Host and port as clients of this machine write it; every address that localhost reaches is called that. */
export function clientAddress(origin: string): string {
  const { hostname, port } = new URL(origin);
  const local = ['127.0.0.1', '[::1]', '0.0.0.0', '[::]', 'localhost'].includes(hostname);
  return `${local ? 'localhost' : hostname}:${port === '' ? '80' : port}`;
}

/** What a server says when it is started: where it listens and where things are. */
export function startLines(facts: GreetingFacts): string[] {
  return [
    `Stowage ${facts.version} listens on ${facts.origin}; its images are ${clientAddress(facts.origin)}/NAME.`,
    ...(facts.tlsOrigin === undefined ? [] : [`HTTPS on ${facts.tlsOrigin}, for every name in its certificate.`]),
    ...[...(facts.endpointOrigins ?? [])].map(([id, origin]) => `VPC endpoint ${id} on ${origin}.`),
    `Data: ${facts.dataFolder}`,
    `Credentials of the administrator of account ${facts.account}: ${facts.credentialsFile}`,
  ];
}

/** The lines of a first start, which lead to the first push when they are pasted one after another. */
export function firstStartLines(facts: GreetingFacts): string[] {
  const address = clientAddress(facts.origin);
  const aws = `AWS_SHARED_CREDENTIALS_FILE=${quote(facts.credentialsFile)} aws ecr`;
  const where = `--profile default --region us-east-1 --endpoint-url http://${address}`;
  const login = `docker login --username AWS --password-stdin ${address}`;
  const data = facts.dataFolder === join(facts.home, 'data') ? '' : ` --data ${quote(facts.dataFolder)}`;
  return [
    ...startLines(facts),
    '',
    'Your first push, in another terminal:',
    `  ${aws} get-login-password ${where} | ${login}`,
    `  ${aws} create-repository --repository-name hello ${where}`,
    '  docker pull hello-world',
    `  docker tag hello-world ${address}/hello:1`,
    `  docker push ${address}/hello:1`,
    `  docker pull ${address}/hello:1`,
    `Without the AWS CLI, the first two are (in ${facts.home}):`,
    `  npx --no-install stowage login-password${data} | ${login}`,
    `  npx --no-install stowage create-repository hello${data}`,
  ];
}
