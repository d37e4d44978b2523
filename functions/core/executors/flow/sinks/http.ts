import type { IncomingMessage } from 'node:http';
import type { HttpSink } from '../../../domain/flow/flow.ts';
import type { RetryPolicy } from '../../../domain/job.ts';
import { truncate } from '../../../domain/text.ts';
import { Undecodable } from '../../content-encoding.ts';
import type { Derived } from '../chain.ts';
import type { FlowContext } from '../context.ts';
import { FlowHttp, type FlowHttpOptions, judge, MayPass, readBody, statusOf } from '../http/flow-http.ts';
import { Postponed, persist } from '../http/persist.ts';
import type { PageKey, SinkPage, SinkResult, SinkWriter } from '../sink.ts';

/** Six tries, within 31 s when each fails at once. */
const PATIENCE: RetryPolicy = { attempts: 6, backoff: 'exponential', delaySeconds: 1, maxDelaySeconds: 16 };
/** Statuses that say something of the sink and not of a record: it would refuse any other one, too. */
const FOR_GOOD: ReadonlySet<number> = new Set([401, 403, 404, 405, 407, 410]);
/** Bytes of an answer that are read. */
const READ_BYTES = 64 * 1024;
/** Characters of an answer that a refusal quotes. */
const QUOTED = 300;

export interface HttpSinkSpec extends HttpSink {
  readonly id: string;
}

/**
 * Sends records to a URL as JSON. A request that is sent again has the `Idempotency-Key` it had, whoever sends it; the
 * key of a single record is made of the record it came of and its number among those.
 */
export function httpWriter(spec: HttpSinkSpec, context: FlowContext, options: FlowHttpOptions = {}): SinkWriter {
  const http = new FlowHttp(spec.id, context, options);
  return {
    write: (page, signal) =>
      spec.mode === 'batch'
        ? writeBatch(http, spec, page.key, page.records, signal)
        : writeEach(http, spec, page, signal),
    close: async () => http[Symbol.dispose](),
  };
}

async function writeBatch(
  http: FlowHttp,
  spec: HttpSinkSpec,
  key: PageKey,
  records: readonly Derived[],
  signal: AbortSignal,
): Promise<SinkResult> {
  const body = JSON.stringify(records.map(({ value }) => value));
  const refusal = await deliver(http, spec, body, keyOf(spec, key), signal);
  if (refusal instanceof Postponed) return { refused: [], bytes: 0, through: 0, waitMs: refusal.waitMs };
  const message = `the whole page was refused: ${refusal}`;
  const refused = refusal === null ? [] : records.map((_, index) => ({ index, message }));
  return { refused, bytes: Buffer.byteLength(body) };
}

async function writeEach(
  http: FlowHttp,
  spec: HttpSinkSpec,
  { key, records, from = 0, isLate = () => false }: SinkPage,
  signal: AbortSignal,
): Promise<SinkResult> {
  const refused: SinkResult['refused'][number][] = [];
  let bytes = 0;
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const left = keyed(spec, key, records);
  let next = from;
  const postponed: { readonly index: number; readonly waitMs: number }[] = [];
  const worker = async (): Promise<void> => {
    // Each takes one at least, or a page would never be through.
    for (let taken = 0; postponed.length === 0 && (taken === 0 || !isLate()); taken++) {
      const index = next;
      const record = left[index];
      if (!record) return;
      next += 1;
      const body = JSON.stringify(record.value);
      bytes += Buffer.byteLength(body);
      const refusal = await deliver(http, spec, body, record.key, either);
      if (refusal instanceof Postponed) postponed.push({ index, waitMs: refusal.waitMs });
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
  const through = /* guard: http-sink.postponed */ Math.min(next, ...postponed.map(({ index }) => index));
  const known = refused.filter(({ index }) => index < through).sort((a, b) => a.index - b.index);
  const waits = postponed.map(({ waitMs }) => waitMs);
  return { refused: known, bytes, through, ...(waits.length > 0 && { waitMs: Math.max(...waits) }) };
}

const keyOf = ({ id }: HttpSinkSpec, { lineage, split, page }: PageKey): string => `${lineage}-${id}-${split}-${page}`;

/** Records with their keys. The point in a key tells it from any page's. */
function keyed(spec: HttpSinkSpec, key: PageKey, records: readonly Derived[]) {
  let ordinal = 0;
  return records.map(({ value, origin }, index) => {
    ordinal = records[index - 1]?.origin === origin ? ordinal + 1 : 0;
    return { value, key: `${keyOf(spec, key)}-${origin}.${ordinal}` };
  });
}

/**
 * Why the sink will not have it, or that it asks for a long wait; null when it took it.
 *
 * @throws FlowFailure, and the signal's reason
 */
async function deliver(
  http: FlowHttp,
  { url, method, headers }: HttpSinkSpec,
  body: string,
  key: string,
  signal: AbortSignal,
): Promise<string | Postponed | null> {
  const request = {
    url,
    method,
    headers,
    platformHeaders: /* guard: http-sink.idempotency-key */ { 'idempotency-key': key },
    body,
  };
  const attempt = () =>
    http.exchange(request, signal, async (response) => {
      const answer = await beginningOf(response);
      switch (judge(response)) {
        case 'ok':
          return null;
        case 'may-pass':
          throw new MayPass(statusOf(response, url), http.askedWait(response));
        case 'refused': {
          const message = http.redacted(statusOf(response, url));
          if (isForGood(response)) throw http.failure(message, { permanent: true });
          const quote = quoteOf(http, answer);
          return quote === '' ? message : `${message}: ${quote}`;
        }
      }
    });
  try {
    return await persist(attempt, PATIENCE, http, signal);
  } catch (error) {
    if (error instanceof Postponed) return error;
    throw error;
  }
}

function isForGood({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode < 400 || FOR_GOOD.has(statusCode);
}

/** Reads the beginning of an answer. A note stands for what cannot be decoded; the status holds without the rest. */
async function beginningOf(response: IncomingMessage): Promise<Buffer> {
  try {
    return (await readBody(response, READ_BYTES)).bytes;
  } catch (error) {
    return Buffer.from(error instanceof Undecodable ? `[${error.message}]` : '');
  }
}

/** Secrets are hidden before anything is cut: half of one would not be known as such. */
function quoteOf(http: FlowHttp, answer: Buffer): string {
  return truncate(http.redacted(answer.toString()), QUOTED).replaceAll(/\s+/g, ' ').trim();
}
