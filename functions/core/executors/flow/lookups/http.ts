import { parseExactJson } from '../../../domain/exact-json.ts';
import { addsDotSegment } from '../../../domain/flow/dot-segments.ts';
import { valueAt } from '../../../domain/flow/json-path.ts';
import { type HttpLookup, urlOfKey } from '../../../domain/flow/lookup.ts';
import type { RetryPolicy } from '../../../domain/job.ts';
import type { Json } from '../../../domain/json.ts';
import { urlWithoutQuery } from '../../http/http-client.ts';
import type { FlowContext } from '../flow-context.ts';
import { findValueProblem } from '../formats/parse-record.ts';
import {
  classifyResponse,
  FlowHttpClient,
  type FlowHttpClientOptions,
  formatStatus,
  readBody,
  TransientError,
} from '../http/flow-http-client.ts';
import { RetryLaterError, withRetry } from '../http/with-retry.ts';
import { type Lookup, MAX_FOUND_LENGTH, type Match, MISSING, tooMuchFoundFailure } from './lookup.ts';

const RETRY_POLICY: RetryPolicy = { attempts: 5, backoff: 'exponential', delaySeconds: 1, maxDelaySeconds: 16 };
/** Concurrent requests of one page. */
const CONCURRENCY = 8;
const MAX_ANSWER_BYTES = 256 * 1024;
/** Statuses that concern the API and not a key: it would refuse every key. */
const PERMANENT_STATUSES: ReadonlySet<number> = new Set([401, 403, 405, 407]);
const NO_CONTENT = 204;
/** Statuses of a key without a value. */
const MISSING_STATUSES: ReadonlySet<number> = new Set([NO_CONTENT, 404, 410]);

/** Finds values by a `GET` request for each key. */
export function createHttpLookup(
  id: string,
  spec: HttpLookup,
  context: FlowContext,
  options: FlowHttpClientOptions = {},
): Lookup {
  const http = new FlowHttpClient(id, context, { ...options, requestsPerSecond: spec.requestsPerSecond });

  async function findOne(key: string, signal: AbortSignal): Promise<Match> {
    // The URL without a key is often that of the whole list.
    if (key === '') return MISSING;
    const url = urlOfKey(spec.url, key);
    // guard: lookup.path
    if (addsDotSegment(url, urlOfKey(spec.url, 'a')))
      return { fault: `key: must not be '${key}', which changes the path of the URL` };
    try {
      return await withRetry(url, () => request(http, spec, url, signal), RETRY_POLICY, http, signal);
    } catch (error) {
      if (!(error instanceof RetryLaterError)) throw error;
      throw http.failure(`${error.message}: a later slice asks again`, { permanent: false });
    }
  }

  return {
    async find(keys, signal) {
      const found = new Map<string, Match>();
      const failed = new AbortController();
      const either = AbortSignal.any([signal, failed.signal]);
      const remaining = keys.values();
      let length = 0;
      const worker = async (): Promise<void> => {
        for (const key of remaining) {
          const match = await findOne(key, either);
          length += JSON.stringify(match).length;
          if (length > MAX_FOUND_LENGTH) throw tooMuchFoundFailure(id);
          found.set(key, match);
        }
      };
      // The first failure stops the other workers. All of them end before the lookup does.
      const workers = Array.from({ length: Math.min(CONCURRENCY, keys.length) }, () =>
        worker().catch((error: unknown) => failed.abort(error)),
      );
      await Promise.all(workers);
      either.throwIfAborted();
      return found;
    },
    close: () => http[Symbol.dispose](),
  };
}

/**
 * @throws TransientError
 * @throws FlowFailure
 */
function request(http: FlowHttpClient, spec: HttpLookup, url: string, signal: AbortSignal): Promise<Match> {
  const headers = { accept: 'application/json', ...spec.headers };
  return http.send({ url, method: 'GET', headers, platformHeaders: {}, body: null }, signal, async (response) => {
    const { statusCode: status = 0 } = response;
    if (MISSING_STATUSES.has(status)) {
      response.destroy();
      return MISSING;
    }
    const verdict = classifyResponse(response);
    if (verdict === 'ok') {
      const { bytes, whole } = await readBody(response, MAX_ANSWER_BYTES);
      return whole ? parseMatch(bytes, spec.path) : { fault: `the answer has over ${MAX_ANSWER_BYTES / 1024} KB` };
    }
    response.destroy();
    const message = formatStatus(response, url);
    if (verdict === 'transient') throw new TransientError(message, http.retryAfterMs(response));
    if (status < 400 || PERMANENT_STATUSES.has(status)) throw http.failure(message, { permanent: true });
    return { fault: http.redact(`HTTP ${status} from ${urlWithoutQuery(spec.url)}`) };
  });
}

/** Returns the value in an answer. `null`, or no value at the path, is no match. */
function parseMatch(bytes: Buffer, path: string | undefined): Match {
  let answer: Json;
  try {
    answer = parseExactJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return { fault: 'the answer must be JSON in UTF-8' };
  }
  const problem = findValueProblem(answer);
  if (problem !== undefined) return { fault: `the answer cannot be used: ${problem}` };
  const value = path === undefined ? answer : valueAt(answer, path);
  return value === undefined || value === null ? MISSING : { value };
}
