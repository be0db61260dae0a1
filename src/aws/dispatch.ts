/**
 * The control plane pipeline: route → authenticate → parse → validate → authorize and run → serialize. It knows no
 * service; what differs between protocols is in protocols/, what differs between services is in their models.
 */
import { BodyTooLarge, BudgetExhausted, ClientGone } from '../http/body.ts';
import type { Exchange } from '../http/exchange.ts';
import { reply } from '../http/reply.ts';
import { Authenticator } from './authenticate.ts';
import { findWireError, internalError, ProtocolError } from './errors.ts';
import { readHeaders } from './headers.ts';
import type { Model, Operation } from './model.ts';
import type { Protocol, ReadRequest, RequestHead, WireAnswer } from './protocols/protocol.ts';
import { findQueryService, findRoute, type Route } from './route.ts';
import type { AwsDoor, AwsDoorOptions, EndpointHint, Service, ServiceOperation } from './service.ts';
import { readClaim } from './sigv4/claim.ts';
import { validateInput } from './validate.ts';

/** Most bytes of a request body: of operations whose input has a blob or a long text, and of all others. */
const longBody = 28 * 1024 * 1024;
const shortBody = 1024 * 1024;

/** Throws where a service has a handler for an operation that its model does not know. */
export function createAwsDoor<P, Call>(options: AwsDoorOptions<P, Call>): AwsDoor {
  options.services.forEach(checkTable);
  const authenticator = new Authenticator<P>(options);
  return { handle: (exchange, hint) => handle({ options, authenticator }, exchange, hint) };
}

interface Door<P, Call> {
  readonly options: AwsDoorOptions<P, Call>;
  readonly authenticator: Authenticator<P>;
}

function checkTable({ name, model, operations }: Service<never>): void {
  for (const action of operations.keys()) {
    const operation = model.operations.get(action);
    if (operation === undefined) throw new Error(`the model of ${name} has no operation ${action}`);
    // openCall needs to know who calls.
    if (operation.unsigned) throw new Error(`${name} ${action} takes requests without a signature, for which there is no caller`);
  }
}

async function handle<P, Call>(door: Door<P, Call>, exchange: Exchange, hint: EndpointHint): Promise<void> {
  const { method, path, query } = exchange;
  const head: RequestHead = { method, path, query, headers: readHeaders(exchange.req.rawHeaders) };
  const route = findRoute(door.options.services, head, hint);
  try {
    send(door, exchange, { status: 200, answer: await answer(door, { exchange, head, hint, route }) });
  } catch (error) {
    refuse(door, { exchange, head, route }, error);
  }
}

interface Incoming<Call> {
  readonly exchange: Exchange;
  readonly head: RequestHead;
  readonly hint: EndpointHint;
  readonly route: Route<Call>;
}

/** The story of a request. Every step throws to refuse. */
async function answer<P, Call>(door: Door<P, Call>, incoming: Incoming<Call>): Promise<WireAnswer> {
  const { exchange, head, route } = incoming;
  const { protocol, service } = route;
  protocol.refuseForeignForm(head);
  const { request, operation, call } = await open(door, incoming);
  const model = service?.model;
  const handler = getHandler(service, operation);
  const input = operation.input === undefined ? {} : request.input(operation.input);
  if (operation.input !== undefined && model !== undefined) validateInput(model, operation.input, input);
  const output = await handler.handle(call, input as never);
  return protocol.writeOutput(operation, output, { requestId: exchange.id, model, headers: head.headers });
}

interface Opened<Call> {
  readonly request: ReadRequest;
  readonly operation: Operation;
  readonly call: Call;
}

/** Who calls, and what: authenticates, and reads the form of the body. */
async function open<P, Call>(door: Door<P, Call>, incoming: Incoming<Call>): Promise<Opened<Call>> {
  const { exchange, head, hint, route } = incoming;
  const { protocol, service } = route;
  const claim = readClaim(head);
  if (service === undefined || claim === undefined) return refuseUnsigned(door, incoming);
  const limit = bodyLimit(protocol, service.model, head);
  const { principal, scope, body } = await door.authenticator.authenticate({ exchange, head, claim, hint, limit }, service);
  const request = protocol.read(head, body);
  const operation = protocol.getOperation(service.model, request);
  return { request, operation, call: door.options.openCall(exchange, principal, scope) };
}
