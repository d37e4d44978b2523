import * as z from 'zod';
import type { BackfillView } from '../../functions/api/runner/backfills.ts';
import { path } from '../cli/api.ts';
import { toTime } from '../cli/time.ts';
import { fetchFittingPage, leftOut, omitEmpty } from './answer.ts';
import { withKey } from './idempotency.ts';
import { idempotencyKey, item, items, jobId, limit, runInput, time } from './inputs.ts';
import { defineTool } from './tool.ts';

const backfillId = () =>
  z
    .string()
    .regex(/^[0-9A-Z]{26}$/, 'must be the id of a backfill')
    .describe('Id of a backfill: see list_backfills.');

const FIELDS =
  'id, state, from, to, order, concurrency, total, done, failed, canceled, skipped, active, cause, tags, note, times.';

/** Returns a backfill without the empty fields; numbers that are 0 are kept. */
const toItem = (backfill: BackfillView) => omitEmpty({ ...backfill });

const listBackfills = defineTool({
  name: 'list_backfills',
  title: 'List the backfills of a job',
  effect: 'read',
  description:
    'Lists the backfills of a job, newest first: runs for past ticks of its schedule, requested by create_backfill or made ' +
    'by the job itself after an outage (cause catch_up), with their progress.',
  input: {
    job_id: jobId(),
    limit: limit(20, 200),
    cursor: z.string().optional().describe('The next_cursor of the previous answer.'),
  },
  output: { backfills: items(FIELDS), next_cursor: z.string().nullable() },
  async call({ job_id: id, limit: count, cursor }, { api, maxBytes }) {
    const { page, items: backfills } = await fetchFittingPage(
      count,
      maxBytes,
      async (size) => {
        const query = { before: cursor, limit: size };
        const found = await api.get<{ readonly backfills: readonly BackfillView[] }>(
          path`/jobs/${id}/backfills`,
          query,
        );
        return { found: found.backfills, isLast: found.backfills.length < size };
      },
      ({ found }) => found.map(toItem),
    );
    const next = page.isLast ? null : (page.found.at(-1)?.id ?? null);
    return {
      backfills,
      next_cursor: next,
      ...leftOut(next !== null && 'older ones: call again with cursor=next_cursor'),
    };
  },
});

const getBackfill = defineTool({
  name: 'get_backfill',
  title: 'Get the progress of a backfill',
  effect: 'read',
  description:
    'One backfill with its state and how many of its runs completed, failed and are active. Its runs are those of ' +
    'list_runs with its backfill_id; poll it until finished_at is set.',
  input: { job_id: jobId(), backfill_id: backfillId() },
  output: { backfill: item().describe(FIELDS) },
  async call({ job_id: id, backfill_id }, { api }) {
    const url = path`/jobs/${id}/backfills/${backfill_id}`;
    return { backfill: toItem((await api.get<BackfillBody>(url)).backfill) };
  },
});

type BackfillBody = { readonly backfill: BackfillView };

const createBackfill = defineTool({
  name: 'create_backfill',
  title: 'Run a job for past ticks',
  effect: 'create',
  description:
    'Starts a run of a job for each tick that its schedule has in a range of the past, also before the job existed; at ' +
    'most 10,000 ticks. Ticks that ran already run again. The schedule continues beside it. Returns at once: poll it by ' +
    'get_backfill, and pause, resume or cancel it by control_backfill.',
  input: {
    job_id: jobId(),
    from: time('First tick at or after'),
    to: time('Last tick at or before, not in the future'),
    order: z.enum(['asc', 'desc']).optional().describe('Oldest (asc, the default) or newest ticks first.'),
    concurrency: z.int().min(1).max(20).optional().describe('Maximum number of active runs of the backfill (1).'),
    ...runsInput(),
    idempotency_key: idempotencyKey(),
  },
  output: { backfill: item().describe(FIELDS), idempotency_key: z.string() },
  async call({ job_id: id, from, to, idempotency_key, ...rest }, { api, now }) {
    return await withKey(idempotency_key, async (key) => {
      const { body } = await api.request<BackfillBody>('POST', path`/jobs/${id}/backfills`, {
        headers: { 'idempotency-key': key },
        body: { from: toTime(from, 'from', now), to: toTime(to, 'to', now), ...rest },
      });
      return { backfill: toItem(body.backfill) };
    });
  },
});

/** The input of all runs of a backfill. */
function runsInput() {
  const { payload, args, env, tags, note } = runInput();
  return { payload, args, env, tags, note };
}

const controlBackfill = defineTool({
  name: 'control_backfill',
  title: 'Pause, resume or cancel a backfill',
  effect: 'replace',
  description:
    'pause: starts no further runs of a backfill, and active ones continue. resume: continues it. cancel: starts no ' +
    'further runs and cancels the active ones; a canceled backfill cannot be resumed.',
  input: { job_id: jobId(), backfill_id: backfillId(), action: z.enum(['pause', 'resume', 'cancel']) },
  output: { backfill: item().describe(FIELDS) },
  async call({ job_id: id, backfill_id, action }, { api }) {
    const url = path`/jobs/${id}/backfills/${backfill_id}/${action}`;
    return { backfill: toItem((await api.post<BackfillBody>(url)).backfill) };
  },
});

export const backfillTools = [listBackfills, getBackfill, createBackfill, controlBackfill];
