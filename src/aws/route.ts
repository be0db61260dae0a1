import { findHeader } from './headers.ts';
import type { Model } from './model.ts';
import { jsonProtocol } from './protocols/json.ts';
import type { Protocol, ReadRequest, RequestHead } from './protocols/protocol.ts';
import { queryProtocol } from './protocols/query.ts';
import type { EndpointHint, Service } from './service.ts';
import { peekService } from './sigv4/claim.ts';

/** Which service a request is for, as far as its head tells, and the protocol that its answer must have in any case. */
export interface Route<Call> {
  readonly service: Service<Call> | undefined;
  readonly protocol: Protocol;
}

const protocols: Readonly<Record<Model['metadata']['protocol'], Protocol>> = {
  json: jsonProtocol,
  query: queryProtocol,
};

/**
 * By the host; else by X-Amz-Target, which only AWS JSON has; else by the scope of the signature. None of it is believed
 * yet: the scope must match the service in the end.
 */
export function findRoute<Call>(
  services: readonly Service<Call>[],
  head: RequestHead,
  hint: EndpointHint,
): Route<Call> {
  const target = findHeader(head.headers, 'x-amz-target');
  const prefix = target?.slice(0, Math.max(target.lastIndexOf('.'), 0));
  const name = hint.service ?? (prefix === undefined ? peekService(head) : undefined);
  const service = services.find((each) =>
    name === undefined ? prefix !== undefined && each.model.metadata.targetPrefix === prefix : each.name === name,
  );
  if (service !== undefined) return { service, protocol: protocols[service.model.metadata.protocol] };
  return { service, protocol: target === undefined && speaksQuery(head) ? queryProtocol : jsonProtocol };
}

/** A request without target and signature whose form has been read: its action and version tell the service. */
export function findQueryService<Call>(
  services: readonly Service<Call>[],
  { action, version }: ReadRequest,
): Service<Call> | undefined {
  const candidates = services.filter(
    ({ model }) => model.metadata.protocol === 'query' && model.metadata.apiVersion === version,
  );
  return candidates.find(({ model }) => model.operations.has(action)) ?? candidates[0];
}

function speaksQuery({ query, headers }: RequestHead): boolean {
  const type = headers.get('content-type')?.[0] ?? '';
  return /^application\/x-www-form-urlencoded/i.test(type) || /(?:^|&)(?:Action|X-Amz-Algorithm)=/.test(query);
}
