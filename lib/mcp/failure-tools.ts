import * as z from 'zod';
import type { CauseView, MessageView } from '../../functions/api/runner/failure-groups.ts';
import { path } from '../cli/api.ts';
import { jobIdOf, type RunView } from '../cli/api-types.ts';
import { UsageError } from '../cli/errors.ts';
import { toTime } from '../cli/time.ts';
import { fetchFittingPage, leftOut, OLDER, omitEmpty } from './answer.ts';
import { item, items, jobId, limit, runId, runInput } from './inputs.ts';
import { toRunItem } from './run-items.ts';
import { defineTool } from './tool.ts';

interface Failures {
  readonly failures?: readonly RunView[];
  readonly causes?: readonly CauseView[];
  readonly messages?: readonly MessageView[];
  /** Failed runs that are on neither this page of groups nor an earlier one. */
  readonly left?: number;
  readonly next?: string | null;
}

const listFailures = defineTool({
  name: 'list_failures',
  title: 'List failures',
  effect: 'read',
  description:
    'Failed runs that nobody has acknowledged: what is broken now. Grouped by cause (job, kind, message; default), by ' +
    'message across jobs, or as single runs. Use it before redrive (repeat the runs) or acknowledge (accept them), which ' +
    'take the same job_id, cause and message_id. Use list_runs with status error and timeout for all failures including ' +
    'acknowledged ones. Groups consist of the newest 5,000 failed runs.',
  input: {
    group: z.enum(['cause', 'message', 'none']).default('cause').describe('none lists single runs, newest first.'),
    job_id: jobId().optional(),
    cause: z.string().optional().describe('A cause of a previous answer.'),
    message_id: z.string().optional().describe('A message_id of a previous answer.'),
    cursor: z.string().optional().describe('The next_cursor of the previous answer, with the same filters.'),
    limit: limit(20, 200),
  },
  output: {
    causes: items('cause, job_id, kind, message, count, newest, oldest, up to 3 run_ids. Largest group first.'),
    messages: items('message_id, kind, message, count, newest, oldest, jobs with their causes, up to 3 run_ids.'),
    runs: items('Single failed runs with their reason.'),
    failed_runs_left: z.int().describe('Failed runs in groups after these.'),
    next_cursor: z.string().nullable().describe('cursor of the next page; null on the last page.'),
  },
  async call({ group, job_id, cause, message_id, cursor, limit: count }, { api, maxBytes }) {
    const filter = { job_id, cause, message_id };
    if (group === 'none') {
      const { page, items: runs } = await fetchFittingPage(
        count,
        maxBytes,
        async (size) => {
          const found = await api.get<Failures>('/failures', { ...filter, before: cursor, limit: size });
          return { failures: found.failures ?? [], size };
        },
        ({ failures }) => failures.map(toRunItem),
      );
      const isLast = page.failures.length < page.size;
      const next = isLast ? null : (page.failures.at(-1)?.run_id ?? null);
      return { runs, next_cursor: next, ...leftOut(next !== null && OLDER) };
    }
    const { page, items: groups } = await fetchFittingPage(
      count,
      maxBytes,
      (size) => api.get<Failures>('/failures', { ...filter, group, after: cursor, limit: size }),
      ({ causes, messages }) => (causes ?? messages ?? []).map(toGroupItem),
    );
    const next = page.next ?? null;
    return {
      [group === 'cause' ? 'causes' : 'messages']: groups,
      failed_runs_left: page.left ?? 0,
      next_cursor: next,
      ...leftOut(next !== null && 'smaller groups: call again with cursor=next_cursor'),
    };
  },
});

const toGroupItem = ({ run_ids, ...group }: CauseView | MessageView) =>
  omitEmpty({ ...group, run_ids: run_ids.slice(0, 3) });

const redrive = defineTool({
  name: 'redrive',
  title: 'Redrive failed runs',
  effect: 'set',
  description:
    'Starts a new run for each selected failed run or missed tick, oldest first, at most once each, and acknowledges the ' +
    'failed ones. Use it after the cause of failures is gone; use trigger_run for one new run that repeats nothing. Select by run_ids, or by ' +
    'filters, which must match all. Call it with dry_run=true first to see what it would start. left > 0: call again.',
  input: {
    run_ids: z.array(z.string()).min(1).max(500).optional().describe('Exactly these runs; excludes filters.'),
    job_id: jobId().optional(),
    cause: z.string().optional().describe('A cause of list_failures.'),
    message_id: z.string().optional().describe('A message_id of list_failures.'),
    since: z.string().optional().describe('Runs created since: ISO 8601 or an age such as 1h.'),
    until: z.string().optional().describe('Runs created before: ISO 8601 or an age such as 1h.'),
    limit: limit(100, 500),
    acknowledge: z.boolean().default(true).describe('Whether the repeated failures no longer count as failures.'),
    input: z
      .strictObject(runInput())
      .optional()
      .describe('Replaces what the repeated runs received; absent fields keep their values.'),
    dry_run: z.boolean().default(false).describe('Reports what would be started and starts nothing.'),
  },
  output: {
    matched: z.int(),
    started: items('run_id and new_run_id (null in a dry run).'),
    skipped: items('run_id, reason, and the new_run_id of an earlier redrive.'),
    left: z.int().describe('Upper bound for the matching runs that remain.'),
    dry_run: z.boolean(),
  },
  async call({ since, until, ...selection }, { api, now }) {
    return await api.post('/redrive', {
      ...selection,
      since: toTime(since, 'since', now),
      until: toTime(until, 'until', now),
    });
  },
});

const acknowledge = defineTool({
  name: 'acknowledge',
  title: 'Acknowledge failures',
  effect: 'set',
  description:
    'Marks failed runs as known: they stay in the history and no longer count as failures. It repairs nothing: use redrive ' +
    'to repeat runs. Select by run_ids, or by filters, which must match all; everything only with all=true. At most 1,000 runs a call: left > 0 means call again.',
  input: {
    run_ids: z.array(z.string()).min(1).max(1_000).optional().describe('Exactly these runs; excludes filters.'),
    job_id: jobId().optional(),
    cause: z.string().optional().describe('A cause of list_failures.'),
    message_id: z.string().optional().describe('A message_id of list_failures.'),
    before: z.string().optional().describe('Failures before: ISO 8601 or an age such as 1h.'),
    all: z.boolean().default(false).describe('All failures of the tenant; excludes run_ids and filters.'),
    note: z.string().max(500).optional().describe('Why, for the people who read the history.'),
  },
  output: {
    acknowledged: z.int(),
    skipped: items('run_id and reason.'),
    left: z.int().describe('Upper bound for the matching failures that remain.'),
  },
  async call({ all, note, before, ...others }, { api, now }) {
    const selection = { ...others, before: toTime(before, 'before', now) };
    const isSelected = Object.values(selection).some((value) => value !== undefined);
    /* guard: mcp.acknowledge.selection */ assertSelection(isSelected, all);
    return await api.post('/failures/acknowledge', { ...selection, note });
  },
});

const unacknowledge = defineTool({
  name: 'unacknowledge',
  title: 'Withdraw an acknowledgement',
  effect: 'set',
  description: 'Withdraws the acknowledgement of one failed run, which then counts as a failure again.',
  input: { run_id: runId() },
  output: { run: item() },
  async call({ run_id: id }, { api }) {
    const url = path`/jobs/${jobIdOf(id)}/runs/${id}/unacknowledge`;
    return { run: toRunItem((await api.post<{ readonly run: RunView }>(url)).run) };
  },
});

/** The API acknowledges all failures for an empty selection, which an agent must not do by omission. */
function assertSelection(isSelected: boolean, all: boolean): void {
  if (isSelected !== all) return;
  throw new UsageError(
    'run_ids: select failures by run_ids, by filters, or all of them by all=true, and by one of these only',
  );
}

export const failureTools = [listFailures, redrive, acknowledge, unacknowledge];
