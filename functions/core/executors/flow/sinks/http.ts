import type { IncomingMessage } from 'node:http';
import type { HttpSink } from '../../../domain/flow/sink.ts';
import type { RetryPolicy } from '../../../domain/job.ts';
import type { Json } from '../../../domain/json.ts';
import { truncate } from '../../../domain/text.ts';
import { DecodingError } from '../../http/content-encoding.ts';
import { type DerivedRecord, ordinalsOf } from '../chain.ts';
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
import type { ChainOptions } from '../transforms/create-chain.ts';
import { type MappedResponse, ResponseMapper, toReadResponse } from './response-mapper.ts';

/** Six tries, within 31 s if each fails immediately. */
const RETRY_POLICY: RetryPolicy = { attempts: 6, backoff: 'exponential', delaySeconds: 1, maxDelaySeconds: 16 };
/** Statuses that concern the sink and not a record: the sink would refuse every record. */
const PERMANENT_STATUSES: ReadonlySet<number> = new Set([401, 403, 404, 405, 407, 410]);
/** Maximum bytes read of a response. */
const MAX_RESPONSE_BYTES = 64 * 1024;
/** Maximum bytes of a response of which a record is made. */
const MAX_MAPPED_RESPONSE_BYTES = 1024 * 1024;
/** Maximum characters of a response quoted in a refusal. */
const MAX_QUOTE_LENGTH = 300;

export interface HttpSinkSpec extends HttpSink {
  readonly id: string;
}

/**
 * Creates a writer that sends records to a URL as JSON or, in batches, as lines of JSON. A repeated request has the same `Idempotency-Key`, also from
 * another worker. The key of a single record consists of the page's key, the record's origin and an ordinal.
 */
export function createHttpWriter(
  spec: HttpSinkSpec,
  context: FlowContext,
  options: FlowHttpClientOptions = {},
  chainOptions: ChainOptions = {},
): SinkWriter {
  const http = new FlowHttpClient(spec.id, context, { ...options, requestsPerSecond: spec.requestsPerSecond });
  const { payload } = context;
  const mapper =
    spec.responseMap === undefined
      ? undefined
      : new ResponseMapper(spec.id, spec.responseMap, { payload, ...chainOptions });
  return {
    write: (page, signal) =>
      spec.mode === 'batch'
        ? writeBatch(http, spec, page.key, page.records, signal)
        : writeEach(http, spec, page, mapper?.startPage(), signal),
    close: async () => {
      http[Symbol.dispose]();
      await mapper?.close();
    },
  };
}

async function writeBatch(
  http: FlowHttpClient,
  spec: HttpSinkSpec,
  key: PageKey,
  records: readonly DerivedRecord[],
  signal: AbortSignal,
): Promise<SinkResult> {
  const body = formatBatch(spec, records);
  // The page and a part of it are different requests. The key of a part is that of its first record.
  const [first] = withIdempotencyKeys(spec, key, records);
  const idempotencyKey = (key.part === undefined ? undefined : first?.key) ?? pageIdempotencyKey(spec, key);
  const delivery = await deliver(http, spec, body, idempotencyKey, signal);
  if (delivery instanceof RetryLaterError) return { refused: [], bytes: 0, processed: 0, waitMs: delivery.waitMs };
  if (!('refusal' in delivery)) return { refused: [], bytes: Buffer.byteLength(body) };
  const message = key.part === undefined ? `the whole page was refused: ${delivery.refusal}` : delivery.refusal;
  const refused = records.map((_, index) => ({ index, message }));
  return { refused, bytes: Buffer.byteLength(body) };
}

/** Formats the records of a request. Each line ends with a line feed. */
const formatBatch = ({ format }: HttpSinkSpec, records: readonly DerivedRecord[]): string =>
  format === 'ndjson'
    ? records.map(({ value }) => `${JSON.stringify(value)}\n`).join('')
    : JSON.stringify(records.map(({ value }) => value));

async function writeEach(
  http: FlowHttpClient,
  spec: HttpSinkSpec,
  { key, records, resumeFrom: from = 0, isTimeUp: isLate = () => false }: SinkPage,
  mapResponse: ReturnType<ResponseMapper['startPage']> | undefined,
  signal: AbortSignal,
): Promise<SinkResult> {
  const mapped: (readonly [record: Json] | null)[] = [];
  const refused: SinkResult['refused'][number][] = [];
  let bytes = 0;
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const remaining = withIdempotencyKeys(spec, key, records);
  let next = from;
  const deferred: { readonly index: number; readonly waitMs: number }[] = [];
  const worker = async (): Promise<void> => {
    // Each worker sends at least one record, so that every write makes progress.
    for (let taken = 0; deferred.length === 0 && (taken === 0 || !isLate()); taken++) {
      const index = next;
      const record = remaining[index];
      if (!record) return;
      next += 1;
      const body = JSON.stringify(record.value);
      bytes += Buffer.byteLength(body);
      const delivery = await deliver(http, spec, body, record.key, either);
      if (delivery instanceof RetryLaterError) deferred.push({ index, waitMs: delivery.waitMs });
      else if ('refusal' in delivery) refused.push({ index, message: delivery.refusal });
      else if (mapResponse) {
        const result = await mapDelivered(mapResponse, record.value, delivery, either);
        if ('fault' in result) refused.push({ index, message: result.fault });
        else mapped[index] = result.mapped;
      }
    }
  };
  // The first failure stops the other workers. All of them end before the write does.
  const workers = Array.from({ length: spec.concurrency }, () =>
    worker().catch((error: unknown) => {
      failed.abort(error);
      throw error;
    }),
  );
  await Promise.allSettled(workers);
  if (failed.signal.aborted) throw either.reason;
  // Records after the first deferred one are sent again under the same keys.
  const through = /* guard: http-sink.postponed */ Math.min(next, ...deferred.map(({ index }) => index));
  const known = refused.filter(({ index }) => index < through).sort((a, b) => a.index - b.index);
  const waits = deferred.map(({ waitMs }) => waitMs);
  return {
    refused: known,
    bytes,
    processed: through,
    ...(mapResponse && { mapped: Array.from({ length: through - from }, (_, i) => mapped[from + i] ?? null) }),
    ...(waits.length > 0 && { waitMs: Math.max(...waits) }),
  };
}

/** Makes a record of a response. A delivered record of whose response none can be made counts as refused. */
async function mapDelivered(
  mapResponse: ReturnType<ResponseMapper['startPage']>,
  record: Json,
  { response, body, isWhole }: Delivered,
  signal: AbortSignal,
): Promise<MappedResponse> {
  if (!isWhole) return { fault: `responseMap: the response is over ${MAX_MAPPED_RESPONSE_BYTES / 1024 / 1024} MB` };
  try {
    return await mapResponse(record, toReadResponse(response, body), signal);
  } catch (error) {
    if (error instanceof SyntaxError) return { fault: `responseMap: the response is not JSON: ${error.message}` };
    throw error;
  }
}

const pageIdempotencyKey = ({ id }: HttpSinkSpec, { lineage, split, page }: PageKey): string =>
  `${lineage}-${id}-${split}-${page}`;

/**
 * Adds an idempotency key to each record. The dot separates these keys from those of pages. A record that was refused and is
 * sent again has the key of its place; one that failed before the sinks gets a key that no place has.
 */
function withIdempotencyKeys(spec: HttpSinkSpec, key: PageKey, records: readonly DerivedRecord[]) {
  const ordinals = ordinalsOf(records);
  return records.map(({ value, origin, former }, index) => {
    const ordinal = ordinals[index] ?? 0;
    const isNew = key.part !== undefined && /* guard: http-sink.retry.former-key */ !former;
    const name = isNew ? `${key.part}.${ordinal}` : `${former?.origin ?? origin}.${former?.ordinal ?? ordinal}`;
    return { value, key: `${pageIdempotencyKey(spec, key)}-${name}` };
  });
}

const withDefaultHeader = (headers: HttpSinkSpec['headers'], name: string, value: string): HttpSinkSpec['headers'] =>
  Object.keys(headers).some((given) => given.toLowerCase() === name) ? headers : { ...headers, [name]: value };

/** The response to an accepted request. */
interface Delivered {
  readonly response: IncomingMessage;
  readonly body: Buffer;
  readonly isWhole: boolean;
}

/**
 * Sends one request.
 *
 * @returns the response, the reason of a refusal, or a `RetryLaterError` for a long requested wait
 * @throws FlowFailure
 * @throws the signal's reason
 */
async function deliver(
  http: FlowHttpClient,
  { url, method, headers, format, responseMap }: HttpSinkSpec,
  body: string,
  key: string,
  signal: AbortSignal,
): Promise<Delivered | { readonly refusal: string } | RetryLaterError> {
  const request = {
    url,
    method,
    headers: format === 'ndjson' ? withDefaultHeader(headers, 'content-type', 'application/x-ndjson') : headers,
    platformHeaders: /* guard: http-sink.idempotency-key */ { 'idempotency-key': key },
    body,
  };
  const attempt = () =>
    http.send(request, signal, async (response) => {
      const outcome = classifyResponse(response);
      if (outcome === 'ok' && responseMap !== undefined) {
        const { bytes, whole } = await readBody(response, MAX_MAPPED_RESPONSE_BYTES);
        return { response, body: bytes, isWhole: whole };
      }
      const answer = await readBeginning(response);
      switch (outcome) {
        case 'ok':
          return { response, body: answer, isWhole: true };
        case 'transient':
          throw new TransientError(formatStatus(response, url), http.retryAfterMs(response));
        case 'refused': {
          const message = http.redact(formatStatus(response, url));
          if (isPermanent(response)) throw http.failure(message, { permanent: true });
          const quote = quoteResponse(http, answer);
          return { refusal: quote === '' ? message : `${message}: ${quote}` };
        }
      }
    });
  try {
    return await withRetry(url, attempt, RETRY_POLICY, http, signal);
  } catch (error) {
    if (error instanceof RetryLaterError) return error;
    throw error;
  }
}

function isPermanent({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode < 400 || PERMANENT_STATUSES.has(statusCode);
}

/**
 * Reads the start of a response. A body that cannot be decoded is replaced by a note, because the status is sufficient.
 */
async function readBeginning(response: IncomingMessage): Promise<Buffer> {
  try {
    return (await readBody(response, MAX_RESPONSE_BYTES)).bytes;
  } catch (error) {
    return Buffer.from(error instanceof DecodingError ? `[${error.message}]` : '');
  }
}

/** Redacts before it truncates, because a truncated secret is not recognized. */
function quoteResponse(http: FlowHttpClient, answer: Buffer): string {
  return truncate(http.redact(answer.toString()), MAX_QUOTE_LENGTH).replaceAll(/\s+/g, ' ').trim();
}
