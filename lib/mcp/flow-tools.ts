import * as z from 'zod';
import type { FlowView } from '../../functions/api/flows/flows.ts';
import type { JobView as FlowJobView } from '../../functions/api/flows/job-view.ts';
import type { CheckpointSummaryView } from '../../functions/api/pipelines/checkpoint-view.ts';
import type { JobErrorView } from '../../functions/api/pipelines/job-errors.ts';
import type { JobMetricsView } from '../../functions/api/pipelines/job-metrics.ts';
import type { LogLineView } from '../../functions/api/pipelines/logs.ts';
import { path } from '../cli/api.ts';
import { toTime } from '../cli/time.ts';
import { countFitting, fetchFittingPage, leftOut, omitEmpty } from './answer.ts';
import { withKey } from './idempotency.ts';
import { idempotencyKey, item, items, jobId, limit, runId, time } from './inputs.ts';
import { defineTool } from './tool.ts';

const STATUSES = ['queued', 'running', 'completed', 'failed', 'canceled'] as const;
const STOP_MODES = ['checkpoint', 'immediate', 'force'] as const;

/** A page of the pipelines surface. */
interface Page<Item> {
  readonly data: readonly Item[];
  readonly has_more: boolean;
}

const flowId = () => jobId().describe('Id of a flow: the _id of list_flows.');
const flowJobId = () => runId().describe('Id of a run of a flow: the _id of list_flow_jobs, or a run_id.');

const listFlows = defineTool({
  name: 'list_flows',
  title: 'List flows (pipelines)',
  effect: 'read',
  description:
    'Lists flows, the jobs that move records from sources through transforms to sinks; the pipelines API calls the same ' +
    'jobs pipelines. Use it for integrations and data pipelines; list_jobs lists jobs of all types. Use get_flow for the ' +
    'definition and list_flow_jobs for executions.',
  input: {
    integration_id: z.string().optional(),
    disabled: z.boolean().optional().describe('true: only flows whose schedule is stopped.'),
    after: jobId().optional().describe('Lists flows with later ids: the last _id of the previous answer.'),
    limit: limit(30, 500),
  },
  output: { flows: items('_id, name, enabled, schedule, timezone, _integrationId, nextRun.'), matched: z.int() },
  async call({ integration_id, disabled, after = '', limit: count }, { api, maxBytes }) {
    const query = { integration_id, disabled: disabled === undefined ? undefined : String(disabled) };
    const flows = await api.get<readonly FlowView[]>('/v1/flows', query);
    const following = flows.filter(({ _id }) => _id > after).sort((a, b) => (a._id < b._id ? -1 : 1));
    const page = following.slice(0, count).map(toFlowItem);
    const shown = page.slice(0, countFitting(page, maxBytes));
    const left = following.length - shown.length;
    return {
      flows: shown,
      matched: flows.length,
      ...leftOut(left > 0 && `${left} more flows: call again with after=${following[shown.length - 1]?._id}`),
    };
  },
});

const toFlowItem = ({ _id, name, enabled, schedule, timezone, _integrationId, nextRun, tags }: FlowView) =>
  omitEmpty({
    _id,
    name,
    enabled: enabled === 1,
    schedule,
    timezone: schedule === null ? null : timezone,
    _integrationId,
    nextRun,
    tags,
  });

const getFlow = defineTool({
  name: 'get_flow',
  title: 'Get a flow (pipeline)',
  effect: 'read',
  description:
    'The definition of one flow (sources, transforms, sinks and their options) and its newest job. Use it to explain what ' +
    'a flow moves and where an operator id comes from; use get_flow_job for the record counts of an execution.',
  input: { flow_id: flowId() },
  output: {
    flow: item().describe('The definition. Absent fields have their defaults.'),
    latest_job: item().nullable().describe('The newest run of the flow; null if it never ran.'),
  },
  async call({ flow_id: id }, { api }) {
    const [flow, latest] = await Promise.all([
      api.get<FlowView>(path`/v1/flows/${id}`),
      api.get<readonly FlowJobView[]>(path`/v1/flows/${id}/jobs/latest`),
    ]);
    return { flow: omitEmpty({ ...flow }), latest_job: latest[0] ? omitEmpty({ ...latest[0] }) : null };
  },
});

const listFlowJobs = defineTool({
  name: 'list_flow_jobs',
  title: 'List flow jobs',
  effect: 'read',
  description:
    'Lists executions of flows, newest first, with their record counts: numExport read, numSuccess written, numError ' +
    'failed, numIgnore without output. A flow job has one export job for each source and one import job for each sink; type ' +
    'selects them, flow_job_id those of one run. Use it for "which sync lost records?"; use list_runs for jobs of all types.',
  input: {
    flow_id: flowId().optional(),
    flow_job_id: flowJobId().optional().describe('The export and import jobs of this flow job.'),
    type: z.enum(['flow', 'export', 'import']).optional().describe('flow by default, without flow_job_id.'),
    status: z.array(z.enum(STATUSES)).min(1).optional(),
    has_errors: z.boolean().optional().describe('true: only jobs with failed records.'),
    since: time('Jobs created since').optional(),
    until: time('Jobs created until').optional(),
    limit: limit(20, 200),
  },
  output: { jobs: items('_id, type, status, _flowId, counts of records, times, message of a failure.') },
  async call({ flow_id, flow_job_id, type, status, has_errors, since, until, limit: count }, { api, now, maxBytes }) {
    const jobs = await api.get<readonly FlowJobView[]>('/v1/jobs', {
      flow_id,
      flow_job_id,
      type: type ?? (flow_job_id === undefined ? 'flow' : undefined),
      status_in: status?.join(','),
      numError_gte: has_errors === true ? 1 : undefined,
      numError_lte: has_errors === false ? 0 : undefined,
      createdAt_gte: toTime(since, 'since', now),
      createdAt_lte: toTime(until, 'until', now),
      pageSize: count,
    });
    const page = jobs.map((job) => omitEmpty({ ...job }));
    const shown = page.slice(0, countFitting(page, maxBytes));
    const hasMore = shown.length < page.length || (page.length >= count && flow_job_id === undefined);
    const last = jobs[shown.length - 1]?.createdAt;
    return {
      jobs: shown,
      ...leftOut(hasMore && `older jobs may follow: call again with until=${last}, which repeats those of that moment`),
    };
  },
});

const getFlowJob = defineTool({
  name: 'get_flow_job',
  title: 'Get a flow job',
  effect: 'read',
  description:
    'One execution of a flow: its status, record counts, each export and import step, and measurements of each operator ' +
    '(records in and out, errors, latencies in ms, backpressure as a fraction 0–1, records a second). Use it to see how ' +
    'far a sync is, where records are lost, or which operator is slow. Use list_flow_errors for the failed records.',
  input: { flow_job_id: flowJobId() },
  output: {
    job: item(),
    steps: items('The export and import jobs with their counts.'),
    metrics: item().describe('Totals, and operators in the order of the flow.'),
  },
  async call({ flow_job_id: id }, { api }) {
    const [job, steps, metrics] = await Promise.all([
      api.get<FlowJobView>(path`/v1/jobs/${id}`),
      api.get<readonly FlowJobView[]>('/v1/jobs', { flow_job_id: id }),
      api.get<JobMetricsView>(path`/api/v1/jobs/${id}/metrics`),
    ]);
    return { job: omitEmpty({ ...job }), steps: steps.map((step) => omitEmpty({ ...step })), metrics };
  },
});

const listFlowErrors = defineTool({
  name: 'list_flow_errors',
  title: 'List the errors of a flow job',
  effect: 'read',
  description:
    'The failed records, errors and warnings of one execution of a flow, newest first: message, operator, position, and ' +
    'the record as the operator received it. Use it to explain numError of a flow job. Of more than 5,000 failed ' +
    'records, the first of the first operators are considered. Timestamps are epoch milliseconds.',
  input: {
    flow_job_id: flowJobId(),
    level: z.enum(['error', 'warning']).optional(),
    operator_id: z.string().optional().describe('Errors of one operator: see get_flow_job.'),
    limit: limit(20, 1_000),
  },
  output: { errors: items('id, timestamp, level, operator_id, task_index, message, details, record.') },
  async call({ flow_job_id: id, level, operator_id, limit: count }, { api, maxBytes }) {
    const query = { level, operator_id, limit: count };
    const { data, has_more } = await api.get<Page<JobErrorView>>(path`/api/v1/jobs/${id}/errors`, query);
    const errors = data.map((error) => omitEmpty({ ...error }));
    const shown = errors.slice(0, countFitting(errors, maxBytes));
    const hasMore = has_more || shown.length < errors.length;
    return {
      errors: shown,
      ...leftOut(hasMore && 'more errors: raise limit and max_bytes, or narrow by operator_id or level'),
    };
  },
});

type LogPage = Page<LogLineView> & { readonly cursor: string };

const getFlowLog = defineTool({
  name: 'get_flow_log',
  title: 'Get the log of a flow job',
  effect: 'read',
  description:
    'Log lines of one execution of a flow. Without after, the newest lines first; with after, the lines written since then, ' +
    'oldest first: start, or the cursor of an earlier answer to follow a job under way. Scripts have no log but an ' +
    'output: get_output. Timestamps are epoch milliseconds.',
  input: {
    flow_job_id: flowJobId(),
    after: z.string().optional().describe('start, or the cursor of an earlier answer.'),
    level: z.enum(['info', 'warn', 'error']).optional(),
    limit: limit(30, 1_000),
  },
  output: {
    lines: items('timestamp, level, operator_id, task_index, message, details.'),
    cursor: z.string().describe('The after of the next call.'),
  },
  async call({ flow_job_id: id, after, level, limit: count }, { api, maxBytes }) {
    const { page, items: lines } = await fetchFittingPage(
      count,
      maxBytes,
      (size) => api.get<LogPage>(path`/api/v1/jobs/${id}/logs`, { after, level, limit: size }),
      ({ data }) => data.map(({ id: _, ...line }) => omitEmpty(line)),
    );
    const next = after === undefined ? 'after=start for the log from its start' : 'after=cursor';
    return {
      lines,
      cursor: page.cursor,
      ...leftOut(page.has_more && `more lines: call again with ${next}, or raise limit and max_bytes`),
    };
  },
});

const listCheckpoints = defineTool({
  name: 'list_checkpoints',
  title: 'List checkpoints',
  effect: 'read',
  description:
    'The checkpoints of one execution of a flow, newest first: positions from which restart_flow_job can continue. Use it ' +
    'to see whether progress is saved. With checkpoint_id, returns one with the state of each subtask. Times are epoch ' +
    'milliseconds, sizes bytes.',
  input: {
    flow_job_id: flowJobId(),
    checkpoint_id: z.string().optional().describe('Returns this checkpoint only.'),
    completed: z.boolean().optional().describe('false: failed ones and one in progress.'),
    offset: z.int().min(0).default(0).describe('Number of newer checkpoints to skip.'),
    limit: limit(10, 100),
  },
  output: {
    checkpoints: items('id, epoch, start_time, finish_time, state, size_bytes, cause, pinned.'),
    checkpoint: item().describe('The requested one.'),
  },
  async call({ flow_job_id: id, checkpoint_id, completed, offset, limit: count }, { api, maxBytes }) {
    const url = path`/api/v1/jobs/${id}/checkpoints`;
    if (checkpoint_id !== undefined) return { checkpoint: await api.get(`${url}${path`/${checkpoint_id}`}`) };
    const query = {
      completed: completed === undefined ? undefined : String(completed),
      offset: offset === 0 ? undefined : offset,
      limit: count,
    };
    const { data, has_more } = await api.get<Page<CheckpointSummaryView>>(url, query);
    const page = data.map(({ operator_states: _, ...checkpoint }) => omitEmpty(checkpoint));
    const shown = page.slice(0, countFitting(page, maxBytes));
    const hasMore = has_more || shown.length < page.length;
    return {
      checkpoints: shown,
      ...leftOut(hasMore && `older checkpoints: call again with offset=${offset + shown.length}`),
    };
  },
});

const takeCheckpoint = defineTool({
  name: 'take_checkpoint',
  title: 'Take a checkpoint',
  effect: 'create',
  description: 'Takes a checkpoint of a running flow job and waits for it. The job continues.',
  input: { flow_job_id: flowJobId() },
  output: { checkpoint: item() },
  async call({ flow_job_id: id }, { api }) {
    return { checkpoint: await api.post(path`/api/v1/jobs/${id}/checkpoints`) };
  },
});

const stopFlowJob = defineTool({
  name: 'stop_flow_job',
  title: 'Stop a flow job',
  effect: 'replace',
  description:
    'Asks a running flow job to stop and returns at once. Prefer it to cancel_run for flows, because the mode checkpoint ' +
    'saves the position for restart_flow_job. A mode escalates to the next after timeout_seconds.',
  input: {
    flow_job_id: flowJobId(),
    mode: z
      .enum(STOP_MODES)
      .optional()
      .describe('checkpoint (default) finishes the current page; immediate abandons it; force ends at once.'),
    timeout_seconds: z.int().min(1).optional(),
  },
  output: { message: z.string(), expected_finish_time: z.int().describe('Epoch milliseconds.') },
  async call({ flow_job_id: id, ...body }, { api }) {
    return await api.post(path`/api/v1/jobs/${id}/stop`, body);
  },
});

const restartFlowJob = defineTool({
  name: 'restart_flow_job',
  title: 'Restart a flow job',
  effect: 'create',
  description:
    'Starts a new job of a flow that continues from the newest or the named checkpoint of a job that has ended. Use it to ' +
    'resume a stopped or failed sync without reading everything again; use trigger_run to start from the beginning.',
  input: {
    flow_job_id: flowJobId().describe('The job that has ended.'),
    checkpoint_id: z.string().optional().describe('A checkpoint of list_checkpoints; the newest by default.'),
    parallelism: z.int().min(1).max(64).optional().describe('Tasks of the new job.'),
    idempotency_key: idempotencyKey(),
  },
  output: { message: z.string(), new_job_id: z.string(), idempotency_key: z.string() },
  async call({ flow_job_id: id, idempotency_key, ...body }, { api }) {
    return await withKey(idempotency_key, async (key) => {
      const url = path`/api/v1/jobs/${id}/restart`;
      const request = { body, headers: { 'idempotency-key': key } };
      return (await api.request<Readonly<Record<string, unknown>>>('POST', url, request)).body;
    });
  },
});

export const flowTools = [
  listFlows,
  getFlow,
  listFlowJobs,
  getFlowJob,
  listFlowErrors,
  getFlowLog,
  listCheckpoints,
  takeCheckpoint,
  stopFlowJob,
  restartFlowJob,
];
