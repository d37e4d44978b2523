import * as z from 'zod';

/** Names of rules, schedules and groups. */
const name = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1–64 of A–Z a–z 0–9 . _ -');
/** The AWS CLI prints seconds since the epoch (version 1) or ISO 8601 (version 2); the AWS SDK returns dates. */
const time = z.union([z.number().transform((seconds) => new Date(seconds * 1_000)), z.coerce.date()]);

/** A target of a rule or of a schedule. Its parameters depend on the service. */
const target = z.looseObject({ Arn: z.string() });

const rule = z.object({
  Name: name,
  Arn: z.string().optional(),
  EventBusName: z.string().optional(),
  Description: z.string().optional(),
  State: z.string().optional(),
  ScheduleExpression: z.string().optional(),
  EventPattern: z.string().optional(),
  RoleArn: z.string().optional(),
  ManagedBy: z.string().optional(),
});

const scheduleSummary = z.object({
  Name: name,
  GroupName: name.default('default'),
  Arn: z.string().optional(),
});

const schedule = scheduleSummary.extend({
  Description: z.string().optional(),
  State: z.string().optional(),
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z.string().default('UTC'),
  StartDate: time.optional(),
  EndDate: time.optional(),
  FlexibleTimeWindow: z.object({ Mode: z.string(), MaximumWindowInMinutes: z.number().optional() }).optional(),
  ActionAfterCompletion: z.string().optional(),
  KmsKeyArn: z.string().optional(),
  Target: target,
});

export type AwsTarget = z.output<typeof target>;
export type AwsRule = z.output<typeof rule>;
export type AwsSchedule = z.output<typeof schedule>;
export type AwsScheduleSummary = z.output<typeof scheduleSummary>;

/** The content of one response of AWS. */
export type AwsOutput =
  | { readonly kind: 'rules'; readonly rules: readonly AwsRule[] }
  /** Targets of one rule, which the response does not name. */
  | { readonly kind: 'targets'; readonly targets: readonly AwsTarget[] }
  | { readonly kind: 'summaries'; readonly summaries: readonly AwsScheduleSummary[] }
  | { readonly kind: 'schedule'; readonly schedule: AwsSchedule };

/** A response is not understood. The message names the field. */
export class InvalidOutput extends Error {
  override readonly name = 'InvalidOutput';
}

const COMMANDS =
  'the JSON of `aws events list-rules`, `describe-rule` or `list-targets-by-rule`, or of `aws scheduler get-schedule` or `list-schedules`';

/**
 * Parses a response of EventBridge or EventBridge Scheduler.
 *
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRules.html,
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTargetsByRule.html,
 * https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetSchedule.html
 *
 * @throws InvalidOutput
 */
export function parseAwsOutput(value: unknown): AwsOutput {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidOutput(`must be ${COMMANDS}, got ${JSON.stringify(value)?.slice(0, 40)}`);
  }
  if ('NextToken' in value && value.NextToken) {
    throw new InvalidOutput('NextToken: the list is incomplete; omit --max-items and --no-paginate');
  }
  if ('Rules' in value) return { kind: 'rules', rules: parse(z.object({ Rules: z.array(rule) }), value).Rules };
  if ('Targets' in value) {
    return { kind: 'targets', targets: parse(z.object({ Targets: z.array(target) }), value).Targets };
  }
  if ('Schedules' in value) {
    const { Schedules } = parse(z.object({ Schedules: z.array(scheduleSummary) }), value);
    return { kind: 'summaries', summaries: Schedules };
  }
  if ('Target' in value) return { kind: 'schedule', schedule: parse(schedule, value) };
  if ('ScheduleExpression' in value || 'EventPattern' in value) return { kind: 'rules', rules: [parse(rule, value)] };
  throw new InvalidOutput(`must be ${COMMANDS}, got an object with ${Object.keys(value).join(', ') || 'no field'}`);
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InvalidOutput(`${issue?.path.join('.')}: ${issue?.message}`);
}

/**
 * Parses one or several JSON values in a row, as a loop over a command of the AWS CLI prints them. The elements of a list are
 * values of their own.
 *
 * @throws SyntaxError of `JSON.parse`
 */
export function parseJsonValues(text: string): readonly unknown[] {
  const values: unknown[] = splitValues(text).map((part) => JSON.parse(part));
  return values.flat();
}

/** Splits at the ends of objects and lists that are in no other one. */
function splitValues(text: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else continue;
    if (depth > 0) continue;
    parts.push(text.slice(start, index + 1));
    start = index + 1;
  }
  const rest = text.slice(start);
  return rest.trim() === '' ? parts : [...parts, rest];
}
