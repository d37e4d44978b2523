import * as z from 'zod';
import type { PausedJobView } from '../../functions/api/runner/pause.ts';
import { path } from '../cli/api.ts';
import { jobId } from './inputs.ts';
import { defineTool } from './tool.ts';

const output = {
  ok: z.boolean(),
  paused: z.boolean(),
  paused_until: z.string().nullable().describe('null: until resume_job, or not paused.'),
};

const pauseJob = defineTool({
  name: 'pause_job',
  title: 'Pause the schedule of a job',
  effect: 'set',
  description:
    'Stops the schedule of a job until a time, or until resume_job. Runs under way continue, and trigger_run still works. ' +
    'Its ticks during the pause do not run, unless catch_up of the job makes them up afterwards. Unlike disable_job, it ' +
    'may end by itself.',
  input: {
    job_id: jobId(),
    until: z.string().optional().describe('End of the pause, ISO 8601, at most 366 days ahead.'),
  },
  output,
  async call({ job_id: id, until }, { api }) {
    const body = until === undefined ? {} : { until };
    return { ...(await api.post<PausedJobView>(path`/jobs/${id}/pause`, body)) };
  },
});

const resumeJob = defineTool({
  name: 'resume_job',
  title: 'End the pause of a job',
  effect: 'set',
  description:
    'Ends the pause of a job, so that its schedule has ticks again. Has no effect on a job that is not paused.',
  input: { job_id: jobId() },
  output,
  async call({ job_id: id }, { api }) {
    return { ...(await api.post<PausedJobView>(path`/jobs/${id}/resume`)) };
  },
});

export const pauseTools = [pauseJob, resumeJob];
