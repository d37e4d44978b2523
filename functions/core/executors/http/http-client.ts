import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction, Socket } from 'node:net';
import { isReservedHeader } from '../../domain/reserved-headers.ts';
import type { AddressRule } from './public-address.ts';

/** Milliseconds that an idle connection stays open, less than the usual server timeout. */
const KEEP_ALIVE_MS = 4_000;

export interface HttpClientOptions {
  /** Decides whether a connection to an IP address is allowed (`createAddressRule`). */
  readonly mayConnect: AddressRule;
  /** Resolves host names. @default the system's resolver */
  readonly lookup?: typeof dnsLookup | undefined;
  /**
   * Keeps connections open for a few seconds for the client's next requests.
   *
   * @default false: a connection per request
   */
  readonly keepAlive?: boolean;
}

export interface OutgoingRequest {
  readonly url: string;
  readonly method: string;
  /** The tenant's headers. Reserved headers are dropped. */
  readonly headers: Readonly<Record<string, string>>;
  /** The platform's headers in lower case. They override the tenant's headers. */
  readonly platformHeaders: Readonly<Record<string, string>>;
  /** JSON, unless the headers name another type; `null` for no body. */
  readonly body: string | null;
}

/**
 * Sends requests defined by tenants. Connections are made only to permitted addresses: the rule is applied to an
 * address in the URL, to the resolved addresses and to the connected address, before anything is sent. Kept connections
 * have passed the rule. Redirects are not followed.
 */
export class HttpClient implements Disposable {
  readonly #mayConnect: AddressRule;
  readonly #plain: http.Agent;
  readonly #secure: https.Agent;

  constructor({ mayConnect, lookup = dnsLookup, keepAlive = false }: HttpClientOptions) {
    this.#mayConnect = mayConnect;
    const options = {
      lookup: guardedLookup(lookup, mayConnect),
      keepAlive,
      ...(keepAlive && { timeout: KEEP_ALIVE_MS }),
    };
    this.#plain = guardedAgent(new http.Agent(options), mayConnect);
    this.#secure = guardedAgent(new https.Agent(options), mayConnect);
  }

  /**
   * Sends a request and resolves with the response head. The caller reads or destroys the body, which fails after an
   * abort.
   *
   * @throws InvalidRequestError
   * @throws the connection's error (see `connectionErrorMessage`)
   */
  async send(request: OutgoingRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const sent = this.#begin(request, signal);
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    sent.once('response', resolve);
    // Kept after the response: a later error is reported by the response as well.
    sent.on('error', reject);
    // A response that is not HTTP (status 101) closes the connection without an error.
    sent.once('close', () => reject(new Error('the connection was closed without a response')));
    sent.end(request.body ?? '');
    return promise;
  }

  /** Closes kept connections. */
  [Symbol.dispose](): void {
    this.#plain.destroy();
    this.#secure.destroy();
  }

  #begin({ url: text, method, headers, platformHeaders, body }: OutgoingRequest, signal: AbortSignal): ClientRequest {
    const url = URL.parse(text);
    if (!url) throw new InvalidRequestError('Invalid URL');
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      throw new InvalidRequestError(`url: must be http or https, got ${url.protocol}//`);
    }
    // Names are checked when they are resolved; addresses are never resolved.
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) && !this.#mayConnect(host)) throw new AddressNotAllowedError(host);
    const secure = url.protocol === 'https:';
    const allHeaders = {
      'user-agent': 'Jobdeck/1',
      'accept-encoding': 'identity',
      ...(body !== null && { 'content-type': 'application/json' }),
      ...withoutReserved(headers),
      ...platformHeaders,
      ...(body !== null && { 'content-length': Buffer.byteLength(body) }),
    };
    const agent = secure ? this.#secure : this.#plain;
    try {
      return (secure ? https : http).request(url, { method, headers: allHeaders, agent, signal });
    } catch (error) {
      // Node throws here for an invalid request, such as an empty header name.
      throw new InvalidRequestError((error as Error).message);
    }
  }
}

/** A request that cannot be sent, now or later. */
export class InvalidRequestError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvalidRequestError';
  }
}

class AddressNotAllowedError extends InvalidRequestError {
  constructor(addresses: string) {
    super(`connections are allowed to public addresses only, not ${addresses || 'an unknown one'}`);
    this.name = 'AddressNotAllowedError';
  }
}

/** Returns a URL without user, query and fragment, which may contain secrets. */
export function urlWithoutQuery(url: string): string {
  const parsed = URL.parse(url);
  return parsed ? `${parsed.origin}${parsed.pathname}` : 'the URL';
}

/** Returns the message of a connection error. */
export function connectionErrorMessage(error: Error): string {
  // After several addresses failed, the AggregateError has no message of its own.
  const causes = error instanceof AggregateError ? error.errors.map((cause: Error) => cause.message).join('; ') : '';
  return error.message || causes;
}

/** Resolves a name to its permitted addresses. The connection uses the checked addresses, without a second lookup. */
function guardedLookup(lookup: typeof dnsLookup, mayConnect: AddressRule): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, []);
      const addresses: LookupAddress[] = found.filter(({ address }) => mayConnect(address));
      const [first] = addresses;
      if (!first) return callback(new AddressNotAllowedError(found.map(({ address }) => address).join(', ')), []);
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/** Destroys connections of an agent whose remote address is not permitted. */
function guardedAgent<Agent extends http.Agent>(agent: Agent, mayConnect: AddressRule): Agent {
  const createConnection = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const socket = createConnection(options, callback);
    if (!(socket instanceof Socket)) throw new Error('a connection must be a socket: its address is to be checked');
    // Runs before any listener that sends data.
    socket.prependOnceListener('connect', () => {
      const address = socket.remoteAddress ?? '';
      if (!mayConnect(address)) socket.destroy(new AddressNotAllowedError(address));
    });
    return socket;
  };
  return agent;
}

function withoutReserved(headers: Readonly<Record<string, string>>): Record<string, string> {
  const lowerCased = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(lowerCased.filter(([name]) => !isReservedHeader(name)));
}
