import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { HttpTarget } from '../domain/job.ts';
import { isReservedHeader } from '../domain/reserved-headers.ts';
import type { Execution, Outcome } from './executor.ts';
import { KEPT_BYTES, OutputCapture, outputOf } from './output.ts';
import type { AddressRule } from './public-address.ts';
import { signatureHeaders } from './signature.ts';

export interface HttpOptions {
  /** Whether a connection may go to an IP address: `addressRule()`. */
  readonly mayConnect: AddressRule;
  /** The tenant's `whsec_` secret; null: requests are not signed. */
  readonly signingSecret: string | null;
  /** Resolves names. @default the system's resolver */
  readonly lookup?: typeof dnsLookup;
}

type Verdict = Pick<Outcome, 'status' | 'message'>;

/**
 * Sends the request of an `http` job and takes its answer: a status of 2xx is ok, everything else a failure.
 * The body is the run's stdout, cut at `KEPT_BYTES`; the cause of a failure is its stderr.
 *
 * Redirects are failures: where they lead is for whoever defined the job to say.
 */
export async function runHttp(target: HttpTarget, execution: Execution, options: HttpOptions): Promise<Outcome> {
  const begin = performance.now();
  const stdout = new OutputCapture(execution.redaction);
  let status: number | undefined;
  const stop = new AbortController();
  const timeout = setTimeout(() => stop.abort('timeout'), execution.timeoutMs);
  const abort = (): void => stop.abort('aborted');
  execution.signal.addEventListener('abort', abort);
  if (execution.signal.aborted) abort();

  let verdict: Verdict;
  try {
    const response = await send(target, execution, options, stop.signal);
    status = response.statusCode ?? 0;
    await take(response, stdout);
    verdict = judge(target, response);
  } catch (error) {
    verdict = explain(target, execution, stop.signal, error as Error);
  } finally {
    clearTimeout(timeout);
    execution.signal.removeEventListener('abort', abort);
  }
  return {
    ...verdict,
    exitCode: null,
    stdout: stdout.finish(),
    stderr: outputOf(verdict.message ?? '', execution.redaction),
    durationMs: Math.round(performance.now() - begin),
    itemsProcessed: 0,
    meta: status === undefined ? null : { httpStatus: status },
  };
}

function send(
  target: HttpTarget,
  execution: Execution,
  { mayConnect, signingSecret, lookup = dnsLookup }: HttpOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const url = new URL(target.url);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new Error(`url: must be http or https, got ${url.protocol}//`);
  }
  // A name is checked when it is resolved; an address is never looked up.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) && !mayConnect(host)) throw new AddressRefused(host);
  const { request, Agent } = url.protocol === 'https:' ? https : http;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const body = target.body ?? '';
  const sent = request(url, {
    method: target.method,
    headers: {
      ...ownHeaders(target),
      'idempotency-key': execution.runId,
      ...(signingSecret !== null && signatureHeaders(signingSecret, execution.runId, new Date(), body)),
      ...(target.body !== null && { 'content-length': Buffer.byteLength(body) }),
    },
    // A connection of its own: a kept one would skip the check.
    agent: new Agent({ keepAlive: false }),
    lookup: checked(lookup, mayConnect),
    signal,
  });
  sent.on('socket', (socket) =>
    socket.once('connect', () => {
      const address = socket.remoteAddress ?? '';
      if (!mayConnect(address)) sent.destroy(new AddressRefused(address));
    }),
  );
  sent.once('response', resolve);
  // Stays: a request that was answered may still fail, and its response says so too.
  sent.on('error', reject);
  sent.end(body);
  return promise;
}

/** Resolves a name to those of its addresses that may be connected to; what is checked here is what is connected to. */
function checked(lookup: typeof dnsLookup, mayConnect: AddressRule): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, []);
      const addresses: LookupAddress[] = found.filter(({ address }) => mayConnect(address));
      const [first] = addresses;
      if (!first) return callback(new AddressRefused(found.map(({ address }) => address).join(', ')), []);
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function ownHeaders({ headers, body }: HttpTarget): Record<string, string> {
  const own = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return {
    'user-agent': 'Jobdeck/1',
    'accept-encoding': 'identity',
    ...(body !== null && { 'content-type': 'application/json' }),
    ...Object.fromEntries(own.filter(([name]) => !isReservedHeader(name))),
  };
}

/** Reads the body until its end, or until enough was read: a larger one is let go. */
async function take(response: IncomingMessage, stdout: OutputCapture): Promise<void> {
  for await (const chunk of response as AsyncIterable<Buffer>) {
    stdout.write(chunk);
    if (stdout.bytes > KEPT_BYTES) break;
  }
}

function judge(target: HttpTarget, { statusCode = 0, headers }: IncomingMessage): Verdict {
  if (statusCode >= 200 && statusCode < 300) return { status: 'ok', message: null };
  const redirect = statusCode >= 300 && statusCode < 400 && headers.location;
  const where = redirect ? `: redirects are not followed (to ${redirect.slice(0, 500)})` : '';
  return { status: 'error', message: `HTTP ${statusCode} from ${nameOf(target)}${where}` };
}

function explain(target: HttpTarget, { timeoutMs }: Execution, signal: AbortSignal, error: Error): Verdict {
  if (signal.reason === 'timeout') {
    return { status: 'timeout', message: `timeout: no whole answer from ${nameOf(target)} within ${timeoutMs} ms` };
  }
  if (signal.aborted) return { status: 'aborted', message: 'stopped before its end' };
  // Of several addresses tried, each has its error, and the whole has no text of its own.
  const causes = error instanceof AggregateError ? error.errors.map((cause: Error) => cause.message).join('; ') : '';
  return { status: 'error', message: `${nameOf(target)}: ${error.message || causes}` };
}

/** The URL without what may be secret in it. */
function nameOf({ url }: HttpTarget): string {
  if (!URL.canParse(url)) return 'the URL';
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

class AddressRefused extends Error {
  constructor(addresses: string) {
    super(`only public addresses are connected to, not ${addresses || 'an unknown one'}`);
    this.name = 'AddressRefused';
  }
}
