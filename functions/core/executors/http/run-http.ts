import type { lookup as dnsLookup } from 'node:dns';
import type { IncomingMessage } from 'node:http';
import type { HttpTarget } from '../../domain/job.ts';
import { MAX_RETRY_AFTER_MS, parseRetryAfter } from '../../domain/retry-after.ts';
import { truncate } from '../../domain/text.ts';
import type { Execution, Outcome } from '../execution.ts';
import { captureText, HEAD_BYTES, OutputCapture } from '../output/output.ts';
import { DecodingError, decodeBody } from './content-encoding.ts';
import { connectionErrorMessage, HttpClient, urlWithoutQuery } from './http-client.ts';
import type { AddressRule } from './public-address.ts';
import { signatureHeaders } from './webhook-signature.ts';

export interface HttpOptions {
  /** Decides whether a connection to an IP address is allowed (`createAddressRule`). */
  readonly mayConnect: AddressRule;
  /** The tenant's valid `whsec_` secrets. If empty, requests are not signed. */
  readonly signingSecrets: readonly string[];
  /** Resolves host names. @default the system's resolver */
  readonly lookup?: typeof dnsLookup;
}

type Verdict = Pick<Outcome, 'status' | 'message' | 'retryAfterMs'>;

/**
 * Sends the request of an `http` job. A 2xx status succeeds, every other one fails. The response body is the run's
 * stdout, read up to about `HEAD_BYTES`; the failure's cause is its stderr.
 *
 * Redirects fail, because the job's definition has to name the target.
 */
export async function runHttp(target: HttpTarget, execution: Execution, options: HttpOptions): Promise<Outcome> {
  const startedAt = performance.now();
  const stdout = new OutputCapture(execution.redaction);
  execution.onOutput?.({ stdout });
  let status: number | undefined;
  const stop = new AbortController();
  const timeout = setTimeout(() => stop.abort('timeout'), execution.timeoutMs);
  const abort = (): void => stop.abort('aborted');
  execution.signal.addEventListener('abort', abort);
  if (execution.signal.aborted) abort();

  let verdict: Verdict;
  let note = '';
  try {
    const response = await send(target, execution, options, stop.signal);
    status = response.statusCode ?? 0;
    if (!(await captureBody(response, stdout))) note = 'truncated: the rest of the response was not read';
    verdict = verdictFromResponse(target, response);
  } catch (error) {
    verdict = verdictFromError(target, execution, stop.signal, error as Error);
  } finally {
    clearTimeout(timeout);
    execution.signal.removeEventListener('abort', abort);
  }
  return {
    ...verdict,
    exitCode: null,
    stdout: stdout.finish(note),
    stderr: captureText(verdict.message ?? '', execution.redaction),
    durationMs: Math.round(performance.now() - startedAt),
    itemsProcessed: 0,
    meta: status === undefined ? null : { httpStatus: status },
  };
}

function send(
  { url, method, headers, body }: HttpTarget,
  { runId }: Execution,
  { signingSecrets, ...options }: HttpOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const platformHeaders = {
    'idempotency-key': runId,
    ...(signingSecrets.length > 0 && signatureHeaders(signingSecrets, runId, new Date(), body ?? '')),
  };
  return new HttpClient(options).send({ url, method, headers, platformHeaders, body }, signal);
}

/**
 * Reads the body up to the limit. A body that cannot be decoded is replaced by a note; the request succeeded
 * nevertheless.
 *
 * @returns whether the whole body was read
 */
async function captureBody(response: IncomingMessage, stdout: OutputCapture): Promise<boolean> {
  try {
    for await (const chunk of decodeBody(response)) {
      stdout.write(chunk);
      if (stdout.bytes > HEAD_BYTES) return false;
    }
  } catch (error) {
    if (!(error instanceof DecodingError)) throw error;
    stdout.write(Buffer.from(`[${error.message}]`));
  }
  return true;
}

function verdictFromResponse(target: HttpTarget, { statusCode = 0, headers }: IncomingMessage): Verdict {
  if (statusCode >= 200 && statusCode < 300) return { status: 'ok', message: null };
  const redirect = statusCode >= 300 && statusCode < 400 && headers.location;
  const redirectNote = redirect ? `: redirects are not followed (to ${truncate(redirect, 500)})` : '';
  const requestedMs = (parseRetryAfter(headers['retry-after'], new Date()) ?? 0) * 1_000;
  const retryAfterMs = Math.min(requestedMs, MAX_RETRY_AFTER_MS);
  return {
    status: 'error',
    message: `HTTP ${statusCode} from ${urlWithoutQuery(target.url)}${redirectNote}`,
    retryAfterMs,
  };
}

function verdictFromError(target: HttpTarget, { timeoutMs }: Execution, signal: AbortSignal, error: Error): Verdict {
  if (signal.reason === 'timeout') {
    return {
      status: 'timeout',
      message: `timeout: no complete response from ${urlWithoutQuery(target.url)} within ${timeoutMs} ms`,
    };
  }
  if (signal.aborted) return { status: 'aborted', message: 'stopped before its end' };
  return { status: 'error', message: `${urlWithoutQuery(target.url)}: ${connectionErrorMessage(error)}` };
}
