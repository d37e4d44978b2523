import * as z from 'zod';
import { item } from './inputs.ts';

/** Fields of a definition. Their values are validated by the API, whose errors name the field and the rule. */
export const definitionFields = () => ({
  name: z.string().optional().describe('Name for people, 1–200 characters.'),
  description: z.string().nullable().optional(),
  schedule: z
    .string()
    .nullable()
    .optional()
    .describe('Unix cron of 5 fields (0 7 * * 1-5), @daily, rate(15 minutes), cron(…) or at(…); null: on demand only.'),
  timezone: z.string().nullable().optional().describe('IANA name such as Europe/Berlin; UTC by default.'),
  schedules: z
    .array(item())
    .nullable()
    .optional()
    .describe(
      '1–10 of { schedule, timezone?, payload? } instead of schedule, whose runs get the payload. Setting schedule alone ' +
        'replaces all of them.',
    ),
  after: item()
    .nullable()
    .optional()
    .describe(
      '{ jobs: [{ job, on: success | failure | end }], mode: all | any, within_s? }: runs of other jobs after which a run ' +
        'starts.',
    ),
  exclude_calendars: z
    .array(z.string())
    .nullable()
    .optional()
    .describe('Names of calendars of the tenant on whose dates the schedule has no ticks.'),
  require_calendars: z
    .array(z.string())
    .nullable()
    .optional()
    .describe('Names of calendars: the schedule has ticks on dates of all of them only.'),
  start_at: z.string().nullable().optional().describe('Start of the schedule, ISO 8601.'),
  end_at: z.string().nullable().optional().describe('End of the schedule, ISO 8601.'),
  jitter_seconds: z.int().nullable().optional().describe('0–900: spreads the ticks of a schedule.'),
  script: z
    .string()
    .nullable()
    .optional()
    .describe('Name of a shipped script. The error for an unknown name lists the known ones.'),
  args: z.array(z.string()).nullable().optional().describe('Arguments of the script.'),
  env: z.record(z.string(), z.string()).nullable().optional().describe('Variables of the script.'),
  http: item()
    .nullable()
    .optional()
    .describe('Instead of script: { url, method?, headers?, body? } of a request to send.'),
  flow: item()
    .nullable()
    .optional()
    .describe('Instead of script: sources, transforms and sinks; get_flow shows examples.'),
  lambda: item()
    .nullable()
    .optional()
    .describe('Instead of script: { target, mode?: sync | async, payload? } of a declared function to invoke.'),
  event: item()
    .nullable()
    .optional()
    .describe('Instead of script: { target, detail_type, source?, payload? } of an event on a declared event bus.'),
  queue: item()
    .nullable()
    .optional()
    .describe('Instead of script: { target, group?, payload? } of a message to a declared queue.'),
  container: item()
    .nullable()
    .optional()
    .describe('Instead of script: { target, command?, env?, payload? } of a declared ECS task, which may take days.'),
  stateMachine: item()
    .nullable()
    .optional()
    .describe(
      'Instead of script: { target, payload? } of a declared Step Functions state machine, which may take days.',
    ),
  timeout_ms: z
    .int()
    .nullable()
    .optional()
    .describe(
      'Of one attempt: 1,000–840,000 (300,000); of containers and state machines up to 604,800,000 (3,600,000); flows have none.',
    ),
  overlap_policy: z
    .enum(['skip', 'queue', 'allow', 'replace'])
    .nullable()
    .optional()
    .describe(
      'A run while another one is active: is skipped (the default), waits if no other one waits (queue), starts (allow), or cancels the active one (replace).',
    ),
  catch_up: z
    .enum(['none', 'last', 'all'])
    .nullable()
    .optional()
    .describe('Whether ticks that were missed run later: none of them (none), the newest (last), or all.'),
  catch_up_window_s: z.int().nullable().optional().describe('Maximum age of a missed tick that runs (86,400).'),
  catch_up_limit: z.int().nullable().optional().describe('Maximum number of missed ticks that run under all (100).'),
  retry: item()
    .nullable()
    .optional()
    .describe('{ attempts: 1–20, backoff: exponential | fixed, delay_seconds, max_delay_seconds }.'),
  priority: z.int().nullable().optional().describe('1 (most urgent) to 5 among the runs that wait for a slot (3).'),
  expires_in_s: z.int().nullable().optional().describe('Seconds after which a run that has not started is canceled.'),
  concurrency: item()
    .nullable()
    .optional()
    .describe(
      '{ key?, limit: 1–100, group? }: at most limit active runs with the same value of the payload field key, such as ' +
        'customer.id; jobs of a group count together.',
    ),
  throttle: item()
    .nullable()
    .optional()
    .describe(
      '{ key?, limit: 1–100, per_s, group? }: at most limit starts in per_s seconds of runs with the same value of the ' +
        'payload field key; others start later.',
    ),
  enabled: z.boolean().optional().describe('Whether the schedule is active; true by default.'),
  start_grace_s: z.int().nullable().optional().describe('Seconds after which a run that has not started is late.'),
  finish_grace_s: z.int().nullable().optional().describe('Seconds after which a run that has not ended is late.'),
  on_failure: z
    .string()
    .nullable()
    .optional()
    .describe('Slack channel, pagerduty, teams, email:address or webhook to notify on failure.'),
  on_success: z.string().nullable().optional().describe('Slack channel or webhook to notify on success.'),
  searchable: z
    .array(z.string())
    .optional()
    .describe('Fields of the payload by which list_runs finds runs, such as customer.id.'),
  on_late: z.string().nullable().optional().describe('Slack channel or webhook to notify about a late run.'),
  integration_id: z.string().nullable().optional(),
  tags: z.array(z.string()).nullable().optional(),
  labels: z.record(z.string(), z.string()).nullable().optional(),
});
