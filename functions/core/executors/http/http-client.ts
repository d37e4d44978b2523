import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction, Socket } from 'node:net';
import { isReservedHeader } from '../../domain/reserved-headers.ts';
import type { AddressRule } from './public-address.ts';

/** Milliseconds that a kept connection lies idle: less than servers commonly leave one open. */
const KEEP_ALIVE_MS = 4_000;

export interface HttpClientOptions {
  /** Whether a connection may go to an IP address: `addressRule()`. */
  readonly mayConnect: AddressRule;
  /** Resolves names. @default the system's resolver */
  readonly lookup?: typeof dnsLookup | undefined;
  /**
   * Whether connections are kept for the client's next requests, for a few seconds.
   *
   * @default false: each request has its own
   */
  readonly keepAlive?: boolean;
}

export interface OutgoingRequest {
  readonly url: string;
  readonly method: string;
  /** A tenant's: reserved ones are left out. */
  readonly headers: Readonly<Record<string, string>>;
  /** The platform's, in lower case: they go before a tenant's. */
  readonly platformHeaders: Readonly<Record<string, string>>;
  /** JSON, unless the headers say otherwise; null: none. */
  readonly body: string | null;
}

/**
 * Sends requests that tenants wrote. Connections go only to addresses that the rule permits: it is asked about an
 * address in the URL, about those that a name resolves to, and about the one that was connected to, before anything is
 * sent. A kept connection is one that passed. Redirects are not followed.
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
   * Resolves with the beginning of the answer. Its body is for the caller to read or to destroy, and ends with an error
   * when the signal is aborted.
   *
   * @throws Unsendable, and what the connection fails with (`causeOf`)
   */
  async send(request: OutgoingRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const sent = this.#begin(request, signal);
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    sent.once('response', resolve);
    // Stays: a request that was answered may still fail, and its response says so too.
    sent.on('error', reject);
    // An answer that is no HTTP response (101) closes the connection without an error.
    sent.once('close', () => reject(new Error('the connection was closed without an answer')));
    sent.end(request.body ?? '');
    return promise;
  }

  /** Closes the connections that were kept. */
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
    // A name is checked when it is resolved; an address is never looked up.
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) && !this.#mayConnect(host)) throw new AddressNotAllowedError(host);
    const secure = url.protocol === 'https:';
    const all = {
      'user-agent': 'Jobdeck/1',
      'accept-encoding': 'identity',
      ...(body !== null && { 'content-type': 'application/json' }),
      ...withoutReserved(headers),
      ...platformHeaders,
      ...(body !== null && { 'content-length': Buffer.byteLength(body) }),
    };
    const agent = secure ? this.#secure : this.#plain;
    try {
      return (secure ? https : http).request(url, { method, headers: all, agent, signal });
    } catch (error) {
      // What Node throws here it finds in the request, such as a header that has no name.
      throw new InvalidRequestError((error as Error).message);
    }
  }
}

/** Why a request is not sent: it would not be at another time either. */
export class InvalidRequestError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Unsendable';
  }
}

class AddressNotAllowedError extends InvalidRequestError {
  constructor(addresses: string) {
    super(`only public addresses are connected to, not ${addresses || 'an unknown one'}`);
    this.name = 'AddressRefused';
  }
}

/** A URL without what may be secret in it. */
export function urlWithoutQuery(url: string): string {
  const parsed = URL.parse(url);
  return parsed ? `${parsed.origin}${parsed.pathname}` : 'the URL';
}

/** What an error of a connection says. */
export function connectionErrorMessage(error: Error): string {
  // Of several addresses tried, each has its error, and the whole has no text of its own.
  const causes = error instanceof AggregateError ? error.errors.map((cause: Error) => cause.message).join('; ') : '';
  return error.message || causes;
}

/** Resolves a name to those of its addresses that may be connected to; what is checked here is what is connected to. */
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

/** Lets no connection of an agent come about that leads where it may not. */
function guardedAgent<Agent extends http.Agent>(agent: Agent, mayConnect: AddressRule): Agent {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const socket = connect(options, callback);
    if (!(socket instanceof Socket)) throw new Error('a connection must be a socket: its address is to be checked');
    // Comes before any that would send something.
    socket.prependOnceListener('connect', () => {
      const address = socket.remoteAddress ?? '';
      if (!mayConnect(address)) socket.destroy(new AddressNotAllowedError(address));
    });
    return socket;
  };
  return agent;
}

function withoutReserved(headers: Readonly<Record<string, string>>): Record<string, string> {
  const own = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(own.filter(([name]) => !isReservedHeader(name)));
}
