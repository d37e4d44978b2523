import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { ResultView } from '../../functions/api/runner/trigger.ts';
import { TRIGGERS } from '../../functions/core/domain/run.ts';
import { path } from '../cli/api.ts';
import { hasEnded, jobIdOf, type RunView } from '../cli/api-types.ts';
import { toTime } from '../cli/time.ts';
import { getRun } from '../cli/wait-for-run.ts';
import { omitEmpty } from './answer.ts';
import { withKey } from './idempotency.ts';
import { idempotencyKey, item, items, jobId, runId, runInput, time } from './inputs.ts';
import { toRunItem } from './run-items.ts';
import { defineTool, type ToolCall } from './tool.ts';

const POLL_INTERVAL_MS = 1_000;

/** The response of a trigger: a result if the run has ended, otherwise a run. */
type TriggerResponse = { readonly result?: ResultView; readonly run?: RunView };

const triggerRun = defineTool({
  name: 'trigger_run',
  title: 'Trigger a run',
  effect: 'create',
  description:
    'Starts a run of a job now, or later with run_at or delay_s, in addition to its schedule, and by default waits up to 25 seconds for its end. Each call ' +
    'starts another run, unless it repeats the idempotency_key of an earlier one. Use redrive to repeat failed runs and ' +
    'restart_flow_job to resume a flow. A run that has not ended is returned as it is: poll it by get_run. A disabled ' +
    'job cannot be triggered.',
  input: {
    job_id: jobId(),
    wait_seconds: z.int().min(0).max(50).default(25).describe('Seconds to wait for the end; 0 returns at once.'),
    ...runInput(),
    run_at: z.string().optional().describe('Start of the run, ISO 8601, at most 365 days ahead; returns at once.'),
    delay_s: z.int().min(0).optional().describe('Seconds until the run starts, instead of run_at.'),
    idempotency_key: idempotencyKey(),
  },
  output: {
    run: item().describe(
      'run_id, status, exit_code, duration_ms, reason; stdout_tail and stderr_tail if it has ended.',
    ),
    ended: z.boolean().describe('Whether the run has ended.'),
    idempotency_key: z.string(),
  },
  async call({ job_id: id, wait_seconds, idempotency_key, ...input }, toolCall) {
    const isDelayed = input.run_at !== undefined || input.delay_s !== undefined;
    const deadline = Date.now() + (isDelayed ? 0 : wait_seconds * 1_000);
    return await withKey(idempotency_key, async (key) => {
      const headers = { 'idempotency-key': key, prefer: 'respond-async' };
      const { body } = await toolCall.api.request<TriggerResponse>('POST', path`/jobs/${id}/run`, {
        headers,
        ...(Object.keys(input).length > 0 && { body: input }),
      });
      // A repeated key returns the result of a run that has ended.
      const runId = (body.run ?? body.result)?.run_id ?? '';
      const run = await waitUntil(toolCall, id, runId, deadline);
      return { run, ended: hasEnded(run as Pick<RunView, 'status'>) };
    });
  },
});

/** Polls a run until it has ended, the deadline has passed or the call is aborted. */
async function waitUntil({ api, signal }: ToolCall, jobId: string, runId: string, deadline: number) {
  let position: string | undefined;
  for (;;) {
    // The position excludes output that an earlier response contained.
    const { attempts: _, stdout: _out, stderr: _err, ...run } = await getRun(api, jobId, runId, position);
    position = run.output_next;
    const left = deadline - Date.now();
    if (hasEnded(run) || left <= 0 || signal.aborted) return omitEmpty(run);
    await sleep(Math.min(POLL_INTERVAL_MS, left));
  }
}

const cancelRun = defineTool({
  name: 'cancel_run',
  title: 'Cancel a run',
  effect: 'replace',
  description:
    'Cancels a pending or running run and waits up to 10 seconds for its end. What the run has done already is not undone. ' +
    'Use stop_flow_job for a flow whose position should be saved, and disable_job to prevent later runs of a schedule.',
  input: { run_id: runId() },
  output: { run: item(), ended: z.boolean().describe('false: the run was asked to end; poll it by get_run.') },
  async call({ run_id: id }, { api }) {
    const url = path`/jobs/${jobIdOf(id)}/runs/${id}/cancel`;
    const { run } = await api.post<{ readonly run: RunView }>(url);
    return { run: toRunItem(run), ended: hasEnded(run) };
  },
});

const changeRuns = defineTool({
  name: 'change_runs',
  title: 'Cancel, acknowledge or redrive runs',
  effect: 'replace',
  description:
    'Changes several runs at once: cancels pending and running ones, acknowledges failed ones, or redrives failed ones. ' +
    'Select by run_ids, or by filters, which must match all. Call it with dry_run=true first to see what it would change. ' +
    'left > 0: call again. Use acknowledge and redrive for a cause of list_failures.',
  input: {
    action: z.enum(['cancel', 'acknowledge', 'redrive']),
    run_ids: z.array(z.string()).min(1).max(1_000).optional().describe('Exactly these runs; excludes filters.'),
    q: z.string().optional().describe('Words as in list_runs.'),
    job_id: jobId().optional(),
    status: z
      .array(z.enum(['pending', 'running', 'error', 'timeout']))
      .min(1)
      .optional()
      .describe('cancel: pending or running; otherwise error or timeout.'),
    trigger: z.enum(TRIGGERS).optional(),
    tags: z.array(z.string()).optional().describe('A run must have all of them.'),
    since: time('Runs created since').optional(),
    until: time('Runs created before').optional(),
    min_duration_s: z.number().min(0).optional(),
    max_duration_s: z.number().min(0).optional(),
    min_attempts: z.int().min(1).optional(),
    limit: z.int().min(1).max(1_000).optional().describe('1–1000 (1000); redrive 1–500 (100).'),
    note: z.string().max(500).optional().describe('acknowledge: why, for the people who read the history.'),
    dry_run: z.boolean().default(false),
  },
  output: {
    changed: z.int(),
    runs: items('run_id, outcome (canceled, stopping, acknowledged, started, skipped), reason, new_run_id.'),
    left: z.int().describe('Upper bound for the matching runs that remain.'),
    dry_run: z.boolean(),
  },
  async call({ action, since, until, ...body }, { api, now }) {
    const times = { since: toTime(since, 'since', now), until: toTime(until, 'until', now) };
    return await api.post(`/runs/${action}`, { ...body, ...times });
  },
});

export const runWriteTools = [triggerRun, cancelRun, changeRuns];
