import * as z from 'zod';
import type { Caller } from '../../core/domain/access.ts';
import { InvalidInput, JobdeckError } from '../../core/domain/errors.ts';
import type { Job } from '../../core/domain/job.ts';
import { type LimitName, LimitReached } from '../../core/domain/limits.ts';
import type { RunToSend } from '../../core/domain/messages.ts';
import { publicRunId } from '../../core/domain/run-id.ts';
import { type AssertMayDelay, createDelayLimit, sendIfNear } from '../../core/engine/start/delay-run.ts';
import { triggerJob } from '../../core/engine/start/trigger-job.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { requireJob } from '../definition/find-job.ts';
import { IDEMPOTENCY_KEY } from '../http/idempotency-key.ts';
import { inputObject, listOf, matchingText, orDefault } from '../http/input-schemas.ts';
import { toProblem } from '../http/problem.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { namedSchema, nonNegativeInteger } from '../openapi/common-schemas.ts';
import { jobParameter } from './jobs.ts';
import { toTriggerRequest, triggerFields } from './run-options.ts';

/** Maximum runs that one request starts. */
const MAX_RUNS = 1_000;
/** Maximum size of the body in bytes: a Lambda invocation has at most 6 MB, in which quotes are escaped. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;
/** Maximum number of different tags of the inputs in an audit record: as many as a run may have. */
const MAX_AUDITED_TAGS = 20;
/** Part of a request's time that is reserved for the last messages and the response. */
const RESPONSE_RESERVE_MS = 3_000;
/** Messages of one request to SQS. */
const SEND_BATCH = 10;

const batchItem = lazy(() =>
  inputObject({
    ...triggerFields(),
    idempotency_key: orDefault(matchingText(IDEMPOTENCY_KEY, '1–255 printable ASCII characters', 255), null),
  }),
);
type BatchItem = z.output<ReturnType<typeof batchItem>>;

const batchBody = lazy(() => inputObject({ runs: listOf(batchItem(), MAX_RUNS, 1) }));

const batchResult = lazy(() =>
  namedSchema(
    'RunnerBatchItem',
    z.object({
      status: z
        .int()
        .describe('The status code that a trigger with this input alone would have: 202 for a started run.'),
      run_id: z.string().nullable(),
      error: z.string().nullable(),
    }),
  ),
);
type BatchResult = ViewOf<typeof batchResult>;

export const triggerBatch = route({
  method: 'POST',
  path: '/jobs/{id}/runs:batch',
  operation: 'triggerJobBatch',
  action: 'operate',
  body: batchBody,
  maxBodyBytes: MAX_BATCH_BYTES,
  openapi: () => ({
    summary: 'Run a job with many inputs',
    description:
      'Starts up to 1,000 runs, one after the other, and returns the result of each without waiting for its end. Each run ' +
      'counts as a request of the tenant. Repeat the inputs with a status of 429 or 503 later: with the same ' +
      '`idempotency_key` an input starts one run.',
    pathParameters: jobParameter(),
    bodyExample: { runs: [{ payload: { order: 1042 }, idempotency_key: 'order-1042' }] },
    errors: [404, 413],
  }),
  responses: () => ({
    200: {
      description: 'The result of each input, in the same order.',
      body: z.object({ started: nonNegativeInteger(), runs: z.array(batchResult()) }),
    },
  }),
  async handle({ caller, params: { id }, body, headers, remainingMs, countRequest }, platform: Platform) {
    if (headers['idempotency-key'] !== undefined) {
      throw new InvalidInput('idempotency-key', 'must be absent: each input has its own idempotency_key');
    }
    const job = await requireJob(platform.db, caller.tenant, id);
    const sender = createGatheringSender(platform);
    const assertMayDelay = createDelayLimit(platform, caller.tenant);
    const results: BatchResult[] = [];
    let refusal: BatchResult | undefined;
    for (const [index, item] of body.runs.entries()) {
      if (remainingMs() < RESPONSE_RESERVE_MS) refusal ??= NOT_REACHED;
      const { result, isFinal } = refusal
        ? { result: refusal, isFinal: true }
        : await startItem(sender.platform, caller, job, item, assertMayDelay, index > 0 ? countRequest : undefined);
      if (isFinal) refusal = result;
      results.push(result);
    }
    await sender.flush();
    const started = results.flatMap(({ run_id }) => run_id ?? []);
    const remarks = sharedRemarks(body.runs.filter((_, index) => results[index]?.run_id));
    return { status: 200, body: { started: started.length, runs: results }, targets: started, remarks };
  },
});

/** Returns what the audit trail records of the inputs: all tags, and the note if the inputs share one. */
function sharedRemarks(inputs: readonly BatchItem[]): Pick<BatchItem, 'note' | 'tags'> {
  const notes = new Set(inputs.map(({ note }) => note));
  const [note = null] = notes.size === 1 ? notes : [];
  return { note, tags: [...new Set(inputs.flatMap(({ tags }) => tags))].slice(0, MAX_AUDITED_TAGS) };
}

const NOT_REACHED: BatchResult = {
  status: 503,
  run_id: null,
  error: 'The request had no time left for this input; send it again',
};

/** Limits that refuse further inputs, too. `delayedRuns` refuses only those that start later. */
const SHARED_LIMITS: readonly LimitName[] = ['requestsPerSecond', 'storedBytes', 'computeSecondsPerMonth'];

/**
 * @param countRequest counts the input as a request; absent for the first, which the request itself counts
 * @returns `isFinal`: whether further inputs would fail for the same reason
 */
async function startItem(
  platform: Platform,
  caller: Caller,
  job: Job,
  { idempotency_key, ...given }: BatchItem,
  assertMayDelay: AssertMayDelay,
  countRequest: (() => Promise<void>) | undefined,
): Promise<{ readonly result: BatchResult; readonly isFinal: boolean }> {
  try {
    await countRequest?.();
    const request = await toTriggerRequest(caller, job, given);
    const run = await triggerJob(platform, job, idempotency_key ?? undefined, request, assertMayDelay);
    if (run.throttledFrom === null) await sendIfNear(platform, run);
    return { result: { status: 202, run_id: publicRunId(run), error: null }, isFinal: false };
  } catch (error) {
    if (!(error instanceof JobdeckError)) {
      platform.log.error('batch.item_failed', { tenant: job.tenant, job: job.id, error: String(error) });
      const message = 'Internal error; send the input again with its idempotency_key';
      return { result: { status: 500, run_id: null, error: message }, isFinal: true };
    }
    const { status, message } = toProblem(error, '', '');
    const seconds = error instanceof LimitReached ? error.retryAfterSeconds : null;
    const hint = seconds === null ? '' : `; try again after ${seconds} s`;
    const isFinal = error instanceof LimitReached ? SHARED_LIMITS.includes(error.limit) : status >= 500;
    return { result: { status, run_id: null, error: message + hint }, isFinal };
  }
}

/**
 * Gathers the messages of runs to requests with 10 messages each. The runs are stored already: the sweeper sends messages
 * that cannot be sent now.
 */
function createGatheringSender(platform: Platform): {
  readonly platform: Platform;
  readonly flush: () => Promise<void>;
} {
  let pending: RunToSend[] = [];
  const flush = async (): Promise<void> => {
    const runs = pending;
    pending = [];
    if (runs.length === 0) return;
    try {
      await platform.queues.sendRuns(runs);
    } catch (error) {
      platform.log.warn('batch.messages_not_sent', { runs: runs.length, error: String(error) });
    }
  };
  const sendRun = async (run: RunToSend, delayMs = 0): Promise<void> => {
    if (delayMs > 0) return platform.queues.sendRun(run, delayMs);
    pending.push(run);
    if (pending.length >= SEND_BATCH) await flush();
  };
  return { platform: { ...platform, queues: { ...platform.queues, sendRun } }, flush };
}
