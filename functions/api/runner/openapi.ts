import * as z from 'zod';
import { JOB_ID } from '../../core/domain/job-id.ts';
import { jobChangeInput, jobInput } from '../definition/documented-requests.ts';
import type { OperationDocs } from '../http/operation.ts';
import type { ParameterDoc } from '../http/route.ts';
import { ETAG, IDEMPOTENCY_KEY, IF_MATCH, pathParameter } from '../openapi/operation-doc.ts';
import { deadLetter, deadLetters, replayResult } from './dead-letter-responses.ts';
import {
  acknowledgeResult,
  cause,
  failureMessage,
  groupPageFields,
  health,
  job,
  jobVersion,
  listedJob,
  ok,
  redriveResult,
  result,
  run,
  runWithOutput,
  slot,
  stats,
} from './responses.ts';
import type { runnerRoutes } from './routes.ts';

const jobPath = pathParameter('id', 'The job.', 'hello', z.string().regex(JOB_ID));
const runPath = {
  ...jobPath,
  ...pathParameter('run', 'The run: its `run_id`.', 'hello.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1'),
};

const PREFER: ParameterDoc = {
  name: 'Prefer',
  description: '`respond-async`: answer at once, and do not wait for the run’s end.',
  schema: z.string(),
  example: 'respond-async',
};

const list = z.object({ runs: z.array(run) });
const okResponse = { description: 'So it is.', body: ok };
const updatedResponses = { 200: { ...okResponse, headers: ETAG } };
const runResponses = { 200: { description: 'The run as it is now.', body: z.object({ ok: z.literal(true), run }) } };

export const runnerDescriptions: OperationDocs<(typeof runnerRoutes)[number]> = {
  health: {
    summary: 'Whether the platform answers',
    responses: {
      200: { description: 'It does.', body: health, example: { ok: true, uptime: 12.3, failedRegistrations: 0 } },
    },
  },
  listJobs: {
    summary: 'All jobs, with how each went last',
    responses: { 200: { description: 'By id.', body: z.object({ jobs: z.array(listedJob) }) } },
  },
  createJob: {
    summary: 'Define a job',
    description: 'A script, an HTTP request or a flow; with a `schedule`, or on demand only.',
    body: jobInput(),
    bodyExample: { id: 'hello', name: 'Hello', script: 'echo', args: ['hello'], schedule: '0 6 * * *' },
    responses: {
      201: {
        description: 'It is defined.',
        body: z.object({ ok: z.literal(true), id: z.string() }),
        example: { ok: true, id: 'hello' },
        headers: { Location: 'Where the job can be read.', ...ETAG },
      },
    },
    errors: [409],
  },
  getJob: {
    summary: 'A job',
    pathParameters: jobPath,
    responses: {
      200: { description: 'Its definition, and when it runs next.', body: z.object({ job }), headers: ETAG },
    },
    errors: [404],
  },
  getJobVersion: {
    summary: 'How a job was defined when a run of it began',
    description: 'Runs tell their `job_version`. The newest 100 versions are kept for as long as their runs.',
    pathParameters: { ...jobPath, ...pathParameter('version', 'The version.', '3', z.string()) },
    responses: { 200: { description: 'The definition.', body: jobVersion } },
    errors: [404],
  },
  updateJob: {
    summary: 'Change a job',
    description: 'Fields that are left out stay as they are; those that are null take their defaults.',
    pathParameters: jobPath,
    headers: [IF_MATCH],
    body: jobChangeInput(),
    bodyExample: { schedule: '0 7 * * 1-5', timezone: 'Europe/Berlin' },
    responses: updatedResponses,
    errors: [404, 409, 412],
  },
  deleteJob: {
    summary: 'Delete a job',
    description: 'It and its history are gone at once; runs of it are canceled.',
    pathParameters: jobPath,
    headers: [IF_MATCH],
    responses: { 200: okResponse },
    errors: [404, 412],
  },
  enableJob: {
    summary: 'Enable a job',
    pathParameters: jobPath,
    headers: [IF_MATCH],
    responses: updatedResponses,
    errors: [404, 409, 412],
  },
  disableJob: {
    summary: 'Disable a job',
    description: 'Its ticks are skipped and it cannot be run, until it is enabled.',
    pathParameters: jobPath,
    headers: [IF_MATCH],
    responses: updatedResponses,
    errors: [404, 409, 412],
  },
  triggerJob: {
    summary: 'Run a job now, and wait for its end',
    description: 'For at most 25 seconds. A run that fails is an answer, too: its status says so.',
    pathParameters: jobPath,
    headers: [IDEMPOTENCY_KEY, PREFER],
    responses: {
      200: { description: 'The run has ended.', body: z.object({ result }) },
      202: {
        description: 'The run has not ended yet.',
        body: z.object({ run }),
        headers: {
          Location: 'Where the run can be read.',
          'Preference-Applied': '`respond-async`, when that was preferred.',
        },
      },
    },
    errors: [404, 409],
  },
  listRuns: {
    summary: 'Runs of a job, newest first',
    pathParameters: jobPath,
    responses: { 200: { description: 'Fewer than `limit`: there are no more.', body: list } },
    errors: [404],
  },
  getRun: {
    summary: 'A run, with all of its output',
    description:
      'Of one that runs, what there is of it so far. With `output_after`, only what came after that place: unless ' +
      '`output_after` of the answer is null, for then it is all of another attempt’s.',
    pathParameters: runPath,
    responses: { 200: { description: 'The run.', body: z.object({ run: runWithOutput }) } },
    errors: [404],
  },
  cancelRun: {
    summary: 'Cancel a run',
    pathParameters: runPath,
    responses: {
      200: { description: 'It has ended.', body: z.object({ ok: z.literal(true), run }) },
      202: { description: 'It was asked to end, and has not yet.', body: z.object({ ok: z.literal(true), run }) },
    },
    errors: [404, 409],
  },
  acknowledgeRun: {
    summary: 'Acknowledge a failed run',
    description: 'It stays in the history, and leaves the counts of failed runs.',
    pathParameters: runPath,
    bodyExample: { note: 'The bank was down.' },
    responses: runResponses,
    errors: [404, 409],
  },
  unacknowledgeRun: {
    summary: 'Take an acknowledgement back',
    pathParameters: runPath,
    responses: runResponses,
    errors: [404, 409],
  },
  listTenantRuns: {
    summary: 'The runs of all jobs, newest first',
    description:
      'Outputs are cut to their ends. Skipped ticks are no runs: a job’s own list has them. A run that was made, or ' +
      'changed its state, a moment ago may be missing.',
    responses: {
      200: {
        description: 'A page. `next_cursor` leads to the next one, with the same filter; null: there is none.',
        body: z.object({ runs: z.array(run), next_cursor: z.string().nullable() }),
      },
    },
    errors: [404],
  },
  getActivity: {
    summary: 'How many runs were made when, and what became of them',
    description: 'Of the last hour unless `since` says otherwise; at most 500 slots of time.',
    responses: {
      200: {
        description: 'All slots, oldest first.',
        body: z.object({ slot_seconds: z.int().min(60), slots: z.array(slot) }),
      },
    },
    errors: [404],
  },
  listFailures: {
    summary: 'Failed runs that nobody has acknowledged, newest first',
    description:
      'With `group=cause`: by job, kind and message; with `group=message`: by kind and message, whatever the job. The ' +
      'largest group comes first. Groups are made of the newest 5,000 runs; `runs` says of how many. `total` counts the ' +
      'groups, `next` is what to give as `after` for those that follow (null: none), and `left` counts the failed runs ' +
      'that neither this page nor one before it counts.',
    responses: {
      200: {
        description: 'The runs, or groups of them.',
        body: z.union([
          z.object({ failures: z.array(run) }),
          z.object({ causes: z.array(cause), ...groupPageFields }),
          z.object({ messages: z.array(failureMessage), ...groupPageFields }),
        ]),
      },
    },
    errors: [404],
  },
  acknowledgeFailures: {
    summary: 'Acknowledge many failed runs',
    description: 'Those that are named, or all that the rest of the body matches. `left`: so many more at most.',
    bodyExample: { job_id: 'hello', note: 'The bank was down.' },
    responses: { 200: { description: 'What was done.', body: acknowledgeResult } },
    errors: [404],
  },
  redrive: {
    summary: 'Run failed runs again',
    description: 'Each at most once. `dry_run`: only say which. `left`: so many more at most.',
    bodyExample: { job_id: 'hello', since: '2026-03-02T00:00:00Z', dry_run: true },
    responses: { 200: { description: 'What was done, or would be.', body: redriveResult } },
    errors: [404],
  },
  listDeadLetters: {
    summary: 'Messages about runs that were given up, newest first',
    description:
      'A tick that made no run, a run that no worker could start or go on with, a notification. Kept for 30 days.',
    responses: { 200: { description: 'The letters.', body: deadLetters } },
  },
  getDeadLetter: {
    summary: 'A message that was given up, and how what it is of stands now',
    pathParameters: pathParameter('id', 'The dead letter.', '01JNXA3V5T9YV0Q2Z6W8M4R7B1', z.string()),
    responses: {
      200: { description: 'The letter. `state` is the run’s or the delivery’s; null: that is gone.', body: deadLetter },
    },
    errors: [404],
  },
  replayDeadLetters: {
    summary: 'Do what dead letters were about',
    description:
      'Runs what failed or was missed again, each at most once, and sends notifications that were not delivered. Asked ' +
      'for again, it does nothing twice. `dry_run`: only say what.',
    bodyExample: { kind: 'tick', since: '2026-03-02T00:00:00Z', dry_run: true },
    responses: { 200: { description: 'What was done, or would be.', body: replayResult } },
  },
  getStats: {
    summary: 'Counts of the tenant',
    responses: { 200: { description: 'Of now, and of the last hour.', body: stats } },
  },
};
