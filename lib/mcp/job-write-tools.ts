import * as z from 'zod';
import { withoutManagedLabels } from '../apply/managed-labels.ts';
import { path } from '../cli/api.ts';
import { definitionFields } from './definition-fields.ts';
import { jobId } from './inputs.ts';
import { defineTool } from './tool.ts';

const idempotent = (verb: 'enable' | 'disable') => ({
  output: { ok: z.boolean(), job_id: z.string() },
  input: { job_id: jobId() },
  call: async ({ job_id: id }: { readonly job_id: string }, { api }: { readonly api: Poster }) => {
    await api.post(`${path`/jobs/${id}`}/${verb}`);
    return { ok: true, job_id: id };
  },
});

interface Poster {
  readonly post: (path: string) => Promise<unknown>;
}

const createJob = defineTool({
  name: 'create_job',
  title: 'Create a job',
  effect: 'create',
  description:
    'Defines a new job: what to run (script, http, flow, lambda, event, queue, container or stateMachine) and when. Fails if the id exists: use update_job to change a ' +
    'job, and validate_job to check one without creating it. A job with a schedule starts to run by itself; omit schedule for one that only runs when triggered. Check the ' +
    'result with get_job (next_runs).',
  input: { id: jobId().describe('Id of the new job: 1–64 of A–Z a–z 0–9 _ - .'), ...definitionFields() },
  output: { ok: z.boolean(), id: z.string() },
  async call({ name, ...job }, { api }) {
    return await api.post('/jobs', withoutManagedLabels({ name: name ?? job.id, ...job }));
  },
});

const updateJob = defineTool({
  name: 'update_job',
  title: 'Change a job',
  effect: 'replace',
  description:
    'Changes fields of a job. Omitted fields keep their values, null restores the default; lists and objects are replaced ' +
    'as a whole. Get the job first and pass its etag as if_match, so that a change by others meanwhile is not lost. ' +
    'Running runs keep the old definition.',
  input: {
    job_id: jobId(),
    if_match: z.string().optional().describe('The etag of get_job: fails if the job has changed since.'),
    ...definitionFields(),
  },
  output: { ok: z.boolean(), etag: z.string().describe('The new version.') },
  async call({ job_id: id, if_match, ...body }, { api }) {
    const headers = if_match === undefined ? {} : { 'if-match': if_match };
    const { etag } = await api.request('PATCH', path`/jobs/${id}`, { body, headers });
    return { ok: true, etag };
  },
});

const deleteJob = defineTool({
  name: 'delete_job',
  title: 'Delete a job',
  effect: 'replace',
  description:
    'Deletes a job with its whole history, and cancels its runs under way. It cannot be undone. Use disable_job to stop a ' +
    'schedule and keep the job.',
  input: {
    job_id: jobId(),
    if_match: z.string().optional().describe('The etag of get_job: fails if the job has changed since.'),
  },
  output: { ok: z.boolean(), job_id: z.string() },
  async call({ job_id: id, if_match }, { api }) {
    await api.request('DELETE', path`/jobs/${id}`, { headers: if_match === undefined ? {} : { 'if-match': if_match } });
    return { ok: true, job_id: id };
  },
});

const enableJob = defineTool({
  name: 'enable_job',
  title: 'Enable a job',
  effect: 'set',
  description: 'Starts the schedule of a disabled job at once. Ticks that were skipped meanwhile are not repeated.',
  ...idempotent('enable'),
});

const disableJob = defineTool({
  name: 'disable_job',
  title: 'Disable a job',
  effect: 'replace',
  description:
    'Stops the schedule of a job until enable_job; the job can then not be triggered either. Runs under way continue: ' +
    'cancel_run ends them.',
  ...idempotent('disable'),
});

export const jobWriteTools = [createJob, updateJob, deleteJob, enableJob, disableJob];
