import * as z from 'zod';
import { type Caller, isAllowed } from '../../core/domain/access.ts';
import type { Job } from '../../core/domain/job.ts';
import { hasPayloads } from '../../core/domain/job-timetable.ts';
import type { Json } from '../../core/domain/json.ts';
import { type RunInput, type RunOptions, type TriggerRequest, validateRunInput } from '../../core/domain/run-input.ts';
import type { RunEdit } from '../../core/engine/failures/redrive-job.ts';
import { scriptsWithRole } from '../../core/platform/script-roles.ts';
import { createScriptOptions, expiry, priority, tags } from '../definition/job-request.ts';
import { validateScriptPayload } from '../definition/validate-script-payload.ts';
import { anyJson, inputObject, orDefault, text, withKeywords, withParsedSchema } from '../http/input-schemas.ts';
import { lazy } from '../http/route.ts';
import { runDelayFields, toRunDelay } from './run-delay.ts';

const MAX_NOTE_LENGTH = 500;

/**
 * Maximum size of a body with the options of one run, in bytes: a payload whose characters are escaped or indented is
 * longer than the JSON that is stored.
 */
export const MAX_OPTIONS_BODY_BYTES = 1024 * 1024;

/** The fields of a request that say something about one run. */
export const runOptionFields = lazy(() => ({
  payload: withKeywords(anyJson(), {
    description:
      'Any JSON value of at most 256 KB and 100 levels. Scripts receive it as `payload`, an `http` job without a body ' +
      'sends it as its body, and the expressions of a flow read it as `$payload`.',
  }),
  args: withKeywords(createScriptOptions().args, { description: 'Replaces the `args` of a script job.' }),
  env: withKeywords(createScriptOptions().env, {
    description:
      'Variables that are added to those of a script job. If one of all these variables refers to a secret, they need the ' +
      'role ADMIN or OWNER.',
  }),
  tags: orDefault(tags(), []),
  note: orDefault(text(MAX_NOTE_LENGTH), null),
  priority: withKeywords(orDefault(priority(), null), {
    description: 'Priority among the runs that wait for a slot; 1 is the most urgent. By default that of the job.',
  }),
  expires_in_s: withKeywords(orDefault(expiry(), null), {
    description:
      'Seconds, counted from the creation of the run or from its `run_at`, after which it is canceled if it has not ' +
      'started. By default those of the job.',
  }),
}));

const runOptionsBody = lazy(() => inputObject(runOptionFields()));
type RunOptionsBody = z.output<ReturnType<typeof runOptionsBody>>;

/** The input of a redrive: an absent field keeps its value. */
export const runEditBody = lazy(() =>
  inputObject({
    ...runOptionFields(),
    payload: withKeywords(withParsedSchema(z.unknown().optional(), z.unknown()), {
      description: 'As that of a trigger; `null` removes the payload.',
    }),
    tags: orDefault(tags(), null),
  }),
);
type RunEditBody = z.output<ReturnType<typeof runEditBody>>;

/** The fields of a trigger. */
export const triggerFields = lazy(() => ({ ...runOptionFields(), ...runDelayFields() }));

/** The body of a trigger. */
export const triggerBody = lazy(() => inputObject(triggerFields()));
export type TriggerBody = z.output<ReturnType<typeof triggerBody>>;

const toInput = (
  { roles }: Caller,
  { payload, args, env }: Pick<RunOptionsBody, 'payload' | 'args' | 'env'>,
): RunInput => ({
  ...(payload !== null && { payload: payload as Json }),
  ...(args !== null && { args }),
  ...(env !== null && { env, mayMeetSecrets: isAllowed(roles, 'define') }),
});

const toAdmission = ({ priority, expires_in_s }: Pick<RunOptionsBody, 'priority' | 'expires_in_s'>) => ({
  ...(priority !== null && { priority }),
  ...(expires_in_s !== null && { expiresInSeconds: expires_in_s }),
});

/** Converts the input of a redrive. */
export function toRunEdit(caller: Caller, body: RunEditBody | null): RunEdit | undefined {
  if (body === null) return undefined;
  const { payload, tags, note, priority, expires_in_s } = body;
  return {
    input: toInput(caller, { ...body, payload: payload ?? null }),
    removesPayload: payload === null,
    ...(tags !== null && { tags }),
    ...(note !== null && { note }),
    ...toAdmission({ priority, expires_in_s }),
    validatePayload: async ({ target }, edited) => {
      if (target.type === 'script') await validateScriptPayload(target.script, edited);
    },
  };
}

/**
 * Converts a trigger of the job.
 *
 * @throws InvalidInput
 * @throws JobdeckError `payload.too_large`, `input.secrets` (forbidden)
 */
export async function toTriggerRequest(
  caller: Caller,
  job: Job,
  { run_at, delay_s, ...options }: TriggerBody,
): Promise<TriggerRequest> {
  return { ...(await toRunOptions(caller, job, options)), delay: toRunDelay({ run_at, delay_s }) };
}

/**
 * Converts the options of a request to those of a run of the job.
 *
 * @param isOfTicks runs without a payload have those of the job's schedules
 * @throws InvalidInput
 * @throws JobdeckError `payload.too_large`, `input.secrets` (forbidden)
 */
export async function toRunOptions(
  caller: Caller,
  job: Job,
  { tags, note, priority, expires_in_s, payload, args, env }: RunOptionsBody,
  { isOfTicks = false }: { readonly isOfTicks?: boolean } = {},
): Promise<RunOptions> {
  const { target } = job;
  const input = toInput(caller, { payload, args, env });
  validateRunInput(input, target, { scriptsWithRole: scriptsWithRole() });
  const hasOthers = isOfTicks && input.payload === undefined && hasPayloads(job);
  if (target.type === 'script' && !hasOthers) await validateScriptPayload(target.script, input.payload);
  return {
    input: Object.keys(input).length > 0 ? input : null,
    tags,
    note,
    ...toAdmission({ priority, expires_in_s }),
  };
}
