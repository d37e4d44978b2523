import * as z from 'zod';
import { JOB_ID, JOB_ID_RULE } from '../../functions/core/domain/job-id.ts';
import { parsePublicRunId } from '../../functions/core/domain/public-run-id.ts';

/** Input fields that several tools share. */

export const jobId = () => z.string().regex(JOB_ID, `must be ${JOB_ID_RULE}`).describe('Id of a job: see list_jobs.');

const RUN_ID_RULE = 'must be a run id, such as sync-email.k3f9a1b2c4.01JNXA3V5T9YV0Q2Z6W8M4R7B1';

export const runId = () =>
  z
    .string()
    .refine((id) => parsePublicRunId(id) !== undefined, RUN_ID_RULE)
    .describe('Id of a run: the run_id of list_runs, list_failures or trigger_run.');

export const limit = (byDefault: number, max: number) =>
  z.int().min(1).max(max).default(byDefault).describe('Maximum number of items.');

export const TIME_FORMAT = 'ISO 8601 (2026-03-02T01:03:00Z), or how long ago: 90s, 30m, 1h, 7d, 2w';

export const time = (meaning: string) => z.string().describe(`${meaning}: ${TIME_FORMAT}.`);

/** An item of an answer, with the fields of the API. */
export const item = () => z.looseObject({});
export const items = (meaning: string) => z.array(item()).describe(meaning);

/** The input of one run, beside the definition of its job. */
export const runInput = () => ({
  payload: z
    .unknown()
    .optional()
    .describe(
      'Any JSON value: given to a script, sent as the body of an http job without one, to a lambda, event or queue, $payload in a flow.',
    ),
  args: z.array(z.string()).optional().describe('Instead of the args of a script job.'),
  env: z.record(z.string(), z.string()).optional().describe('Added to the variables of a script job.'),
  tags: z.array(z.string()).optional().describe('Up to 20 tags of the run.'),
  note: z.string().optional().describe('Why the run was started; shown on it.'),
  priority: z.int().min(1).max(5).optional().describe('1 (most urgent) to 5 among the runs that wait for a slot.'),
  expires_in_s: z.int().min(1).optional().describe('Seconds after which the run is canceled if it has not started.'),
});

export const idempotencyKey = () =>
  z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/, 'must be 1–255 printable ASCII characters')
    .optional()
    .describe('Repeat a call whose outcome is unknown with its key: it then returns the same run. New by default.');
