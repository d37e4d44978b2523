import type { IncomingMessage } from 'node:http';
import type { HttpSink } from '../../../domain/flow/flow.ts';
import type { RetryPolicy } from '../../../domain/job.ts';
import { truncate } from '../../../domain/text.ts';
import { DecodingError } from '../../http/content-encoding.ts';
import type { DerivedRecord } from '../chain.ts';
import type { FlowContext } from '../flow-context.ts';
import {
  classifyResponse,
  FlowHttpClient,
  type FlowHttpClientOptions,
  formatStatus,
  readBody,
  TransientError,
} from '../http/flow-http-client.ts';
import { RetryLaterError, withRetry } from '../http/with-retry.ts';
import type { PageKey, SinkPage, SinkResult, SinkWriter } from '../sink-writer.ts';

/** Six tries, within 31 s when each fails at once. */
const RETRY_POLICY: RetryPolicy = { attempts: 6, backoff: 'exponential', delaySeconds: 1, maxDelaySeconds: 16 };
/** Statuses that say something of the sink and not of a record: it would refuse any other one, too. */
const PERMANENT_STATUSES: ReadonlySet<number> = new Set([401, 403, 404, 405, 407, 410]);
/** Bytes of an answer that are read. */
const MAX_RESPONSE_BYTES = 64 * 1024;
/** Characters of an answer that a refusal quotes. */
const MAX_QUOTE_LENGTH = 300;

export interface HttpSinkSpec extends HttpSink {
  readonly id: string;
}

/**
 * Sends records to a URL as JSON. A request that is sent again has the `Idempotency-Key` it had, whoever sends it; the
 * key of a single record is made of the record it came of and its number among those.
 */
export function createHttpWriter(
  spec: HttpSinkSpec,
  context: FlowContext,
  options: FlowHttpClientOptions = {},
): SinkWriter {
  const http = new FlowHttpClient(spec.id, context, options);
  return {
    write: (page, signal) =>
      spec.mode === 'batch'
        ? writeBatch(http, spec, page.key, page.records, signal)
        : writeEach(http, spec, page, signal),
    close: async () => http[Symbol.dispose](),
  };
}

async function writeBatch(
  http: FlowHttpClient,
  spec: HttpSinkSpec,
  key: PageKey,
  records: readonly DerivedRecord[],
  signal: AbortSignal,
): Promise<SinkResult> {
  const body = JSON.stringify(records.map(({ value }) => value));
  const refusal = await deliver(http, spec, body, pageIdempotencyKey(spec, key), signal);
  if (refusal instanceof RetryLaterError) return { refused: [], bytes: 0, processed: 0, waitMs: refusal.waitMs };
  const message = `the whole page was refused: ${refusal}`;
  const refused = refusal === null ? [] : records.map((_, index) => ({ index, message }));
  return { refused, bytes: Buffer.byteLength(body) };
}

async function writeEach(
  http: FlowHttpClient,
  spec: HttpSinkSpec,
  { key, records, resumeFrom: from = 0, isTimeUp: isLate = () => false }: SinkPage,
  signal: AbortSignal,
): Promise<SinkResult> {
  const refused: SinkResult['refused'][number][] = [];
  let bytes = 0;
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const remaining = withIdempotencyKeys(spec, key, records);
  let next = from;
  const deferred: { readonly index: number; readonly waitMs: number }[] = [];
  const worker = async (): Promise<void> => {
    // Each takes one at least, or a page would never be through.
    for (let taken = 0; deferred.length === 0 && (taken === 0 || !isLate()); taken++) {
      const index = next;
      const record = remaining[index];
      if (!record) return;
      next += 1;
      const body = JSON.stringify(record.value);
      bytes += Buffer.byteLength(body);
      const refusal = await deliver(http, spec, body, record.key, either);
      if (refusal instanceof RetryLaterError) deferred.push({ index, waitMs: refusal.waitMs });
      else if (refusal !== null) refused.push({ index, message: refusal });
    }
  };
  // When one fails, the others stop; all have ended before the page has.
  const workers = Array.from({ length: spec.concurrency }, () =>
    worker().catch((error: unknown) => {
      failed.abort(error);
      throw error;
    }),
  );
  await Promise.allSettled(workers);
  if (failed.signal.aborted) throw either.reason;
  // Those behind the first that has to wait go again with it, under the keys they had.
  const through = /* guard: http-sink.postponed */ Math.min(next, ...deferred.map(({ index }) => index));
  const known = refused.filter(({ index }) => index < through).sort((a, b) => a.index - b.index);
  const waits = deferred.map(({ waitMs }) => waitMs);
  return { refused: known, bytes, processed: through, ...(waits.length > 0 && { waitMs: Math.max(...waits) }) };
}

const pageIdempotencyKey = ({ id }: HttpSinkSpec, { lineage, split, page }: PageKey): string =>
  `${lineage}-${id}-${split}-${page}`;

/** Records with their keys. The point in a key tells it from any page's. */
function withIdempotencyKeys(spec: HttpSinkSpec, key: PageKey, records: readonly DerivedRecord[]) {
  let ordinal = 0;
  return records.map(({ value, origin }, index) => {
    ordinal = records[index - 1]?.origin === origin ? ordinal + 1 : 0;
    return { value, key: `${pageIdempotencyKey(spec, key)}-${origin}.${ordinal}` };
  });
}

/**
 * Why the sink will not have it, or that it asks for a long wait; null when it took it.
 *
 * @throws FlowFailure, and the signal's reason
 */
async function deliver(
  http: FlowHttpClient,
  { url, method, headers }: HttpSinkSpec,
  body: string,
  key: string,
  signal: AbortSignal,
): Promise<string | RetryLaterError | null> {
  const request = {
    url,
    method,
    headers,
    platformHeaders: /* guard: http-sink.idempotency-key */ { 'idempotency-key': key },
    body,
  };
  const attempt = () =>
    http.send(request, signal, async (response) => {
      const answer = await readBeginning(response);
      switch (classifyResponse(response)) {
        case 'ok':
          return null;
        case 'may-pass':
          throw new TransientError(formatStatus(response, url), http.retryAfterMs(response));
        case 'refused': {
          const message = http.redact(formatStatus(response, url));
          if (isPermanent(response)) throw http.failure(message, { permanent: true });
          const quote = quoteResponse(http, answer);
          return quote === '' ? message : `${message}: ${quote}`;
        }
      }
    });
  try {
    return await withRetry(attempt, RETRY_POLICY, http, signal);
  } catch (error) {
    if (error instanceof RetryLaterError) return error;
    throw error;
  }
}

function isPermanent({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode < 400 || PERMANENT_STATUSES.has(statusCode);
}

/** Reads the beginning of an answer. A note stands for what cannot be decoded; the status holds without the rest. */
async function readBeginning(response: IncomingMessage): Promise<Buffer> {
  try {
    return (await readBody(response, MAX_RESPONSE_BYTES)).bytes;
  } catch (error) {
    return Buffer.from(error instanceof DecodingError ? `[${error.message}]` : '');
  }
}

/** Secrets are hidden before anything is cut: half of one would not be known as such. */
function quoteResponse(http: FlowHttpClient, answer: Buffer): string {
  return truncate(http.redact(answer.toString()), MAX_QUOTE_LENGTH).replaceAll(/\s+/g, ' ').trim();
}
