/** The official AWS clients, pointed at a started server. */
import { CreateRepositoryCommand, ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { STSClient } from '@aws-sdk/client-sts';
import { region as usualRegion, type Credentials } from './stowage.ts';

/** The part of a server that a client needs; a test may give other credentials. */
export interface Endpoint {
  readonly url: string;
  readonly credentials: Credentials;
  readonly region?: string | undefined;
}

function configuration(server: Endpoint) {
  const credentials = { ...server.credentials };
  return { endpoint: server.url, region: server.region ?? usualRegion, credentials, maxAttempts: 1 };
}

export function ecrClient(server: Endpoint): ECRClient {
  return new ECRClient(configuration(server));
}

export function stsClient(server: Endpoint): STSClient {
  return new STSClient(configuration(server));
}

/** A fresh login: what `docker login` sends, and the password alone. */
export async function logIn(server: Endpoint): Promise<{ authorization: string; password: string }> {
  const client = ecrClient(server);
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
  client.destroy();
  const token = authorizationData?.[0]?.authorizationToken ?? '';
  const [user, password] = Buffer.from(token, 'base64').toString().split(':');
  if (user !== 'AWS' || password === undefined) throw new Error(`not a login token: ${token}`);
  return { authorization: `Basic ${token}`, password };
}

export async function createRepositories(server: Endpoint, ...names: string[]): Promise<void> {
  const client = ecrClient(server);
  for (const repositoryName of names) await client.send(new CreateRepositoryCommand({ repositoryName }));
  client.destroy();
}
