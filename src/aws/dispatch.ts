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

/** Most bytes of a request body: where the input has a blob (a layer part of 20 MiB is 27 as base64) or a manifest, and else. */
const longBody = 28 * 1024 * 1024;
const shortBody = 1024 * 1024;

export function createAwsDoor<P, Call>(options: AwsDoorOptions<P, Call>): AwsDoor {
  const door: Door<P, Call> = { options, authenticator: new Authenticator<P>(options), dates: new HttpDates() };
  return { handle: (exchange, hint) => handle(door, exchange, hint) };
}

interface Door<P, Call> {
  readonly options: AwsDoorOptions<P, Call>;
  readonly authenticator: Authenticator<P>;
  readonly dates: HttpDates;
}

/** Times as HTTP writes them, to the second: thousands of answers have the same one. */
class HttpDates {
  #second = Number.NaN;
  #text = '';

  /** Takes milliseconds since 1970. */
  write(time: number): string {
    const second = Math.floor(time / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#text = new Date(second * 1000).toUTCString();
    }
    return this.#text;
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
  const { operation, handler, call, input, release } = await open(door, incoming);
  try {
    const output = await handler.handle(call, input as never);
    const context = { requestId: exchange.id, model: service?.model, headers: head.headers };
    return protocol.writeOutput(operation, output, context);
  } finally {
    release();
  }
}

interface Opened<Call> extends Asked<Call> {
  readonly call: Call;
  /** Gives back what the body took of its budget. */
  readonly release: () => void;
}

/** Who calls, and what. The body itself is not held any longer than this takes. */
async function open<P, Call>(door: Door<P, Call>, incoming: Incoming<Call>): Promise<Opened<Call>> {
  const { exchange, head, hint, route } = incoming;
  const { protocol, service } = route;
  const claim = readClaim(head);
  if (service === undefined || claim === undefined) return refuseUnsigned(door, incoming);
  const limit = bodyLimit(protocol, service.model, head);
  const signed = { exchange, head, claim, hint, limit };
  const { principal, scope, body, release } = await door.authenticator.authenticate(signed, service);
  try {
    return {
      ...ask(service, protocol, protocol.read(head, body)),
      call: door.options.openCall(exchange, principal, scope),
      release,
    };
  } catch (error) {
    release();
    throw error;
  }
}

interface Asked<Call> {
  readonly operation: Operation;
  readonly handler: ServiceOperation<Call>;
  readonly input: Record<string, unknown>;
}

/** What a request asks for, read and held against the model. */
function ask<Call>(service: Service<Call>, protocol: Protocol, request: ReadRequest): Asked<Call> {
  const { model } = service;
  const operation = protocol.getOperation(model, request);
  const handler = getHandler(service, operation);
  const input = operation.input === undefined ? {} : request.input(operation.input);
  if (operation.input !== undefined) validateInput(model, operation.input, input);
  return { operation, handler, input };
}

/** Requests that are not signed, or signed for a service that is not here. Only what may be asked unsigned has another answer. */
async function refuseUnsigned<P, Call>(door: Door<P, Call>, { exchange, head, route }: Incoming<Call>): Promise<never> {
  const { protocol } = route;
  let body: Buffer = Buffer.alloc(0);
  if (protocol.name === 'query') {
    const collected = await door.authenticator.collect(exchange, shortBody);
    // All that follows happens in this turn.
    collected.release();
    body = collected.body;
  }
  const request = protocol.read(head, body);
  const service =
    route.service ?? (protocol.name === 'query' ? findQueryService(door.options.services, request) : undefined);
  const signed = readClaim(head) !== undefined;
  if (signed || service?.model.operations.get(request.action)?.unsigned === true) {
    getHandler(service, protocol.getOperation(service?.model, request));
  }
  throw new ProtocolError(
    'missingSignature',
    protocol.name === 'json' ? 'Missing Authentication Token' : 'Request is missing Authentication Token',
  );
}

function getHandler<Call>(service: Service<Call> | undefined, { name }: Operation): ServiceOperation<Call> {
  const handler = service?.operations.get(name);
  if (handler === undefined)
    throw new ProtocolError('notBuilt', `The operation ${name} is not built yet in Stowage; see docs/compatibility.md`);
  return handler;
}

function bodyLimit(protocol: Protocol, model: Model, head: RequestHead): number {
  const operation = model.operations.get(protocol.announcedAction(head) ?? '');
  return operation?.longInput === true ? longBody : shortBody;
}

interface Sent {
  readonly status: number;
  readonly answer: WireAnswer;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** The Date header is that of our clock: SDKs correct theirs by it when a signature is refused for its date, and try again. */
function send<P, Call>(
  { options, dates }: Door<P, Call>,
  exchange: Exchange,
  { status, answer: { contentType, body }, headers }: Sent,
): void {
  const date = dates.write(options.clock());
  reply(exchange, status, { ...headers, 'content-type': contentType, 'x-amzn-requestid': exchange.id, date }, body);
}

function refuse<P, Call>(
  door: Door<P, Call>,
  { exchange, head, route }: Omit<Incoming<Call>, 'hint'>,
  error: unknown,
): void {
  // Nobody is there to read an answer; what an operation threw because of it is no failure of ours.
  if (error instanceof ClientGone || exchange.signal.aborted) return;
  const { protocol } = route;
  const model = route.service?.model;
  let wire = findWireError(bodyFailure(error), protocol.name, model);
  if (wire === undefined || wire.status === 500) {
    const action = protocol.announcedAction(head);
    door.options.log.error({ err: error, request: exchange.id, action }, 'an AWS request failed');
    wire ??= internalError(protocol.name, model);
  }
  const answer = protocol.writeError(wire, { requestId: exchange.id, model, headers: head.headers });
  send(door, exchange, { status: wire.status, answer, headers: wire.headers });
}

function bodyFailure(error: unknown): unknown {
  if (error instanceof BodyTooLarge)
    return new ProtocolError('bodyTooLarge', `The request body must not be longer than ${error.limit} bytes`);
  if (error instanceof BudgetExhausted)
    return new ProtocolError('busy', 'The server is receiving too many requests at the moment. Try again.');
  return error;
}
