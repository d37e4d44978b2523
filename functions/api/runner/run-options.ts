import * as z from 'zod';
import type { Job } from '../../core/domain/job.ts';
import type { Json } from '../../core/domain/json.ts';
import { type RunInput, type RunOptions, validateRunInput } from '../../core/domain/run-input.ts';
import { scriptsWithRole } from '../../core/platform/script-roles.ts';
import { scriptOptions, tags } from '../definition/job-request.ts';
import { inputObject, orDefault, text, withKeywords, withParsedSchema } from '../http/input-schemas.ts';
import { lazy } from '../http/route.ts';

const MAX_NOTE_LENGTH = 500;

/**
 * Maximum size of a body with the options of one run, in bytes: a payload whose characters are escaped or indented is
 * longer than the JSON that is stored.
 */
export const MAX_OPTIONS_BODY_BYTES = 1024 * 1024;

/** Any JSON value; null if it is missing. */
const anyJson = () =>
  withParsedSchema(
    z
      .unknown()
      .optional()
      .transform((value) => value ?? null),
    z.unknown(),
  );

/** The fields of a request that say something about one run. */
export const runOptionFields = lazy(() => ({
  payload: withKeywords(anyJson(), {
    description:
      'Any JSON value of at most 256 KB and 100 levels. Scripts receive it as `payload`, an `http` job without a body ' +
      'sends it as its body, and the expressions of a flow read it as `$payload`.',
  }),
  args: withKeywords(scriptOptions().args, { description: 'Replaces the `args` of a script job.' }),
  env: withKeywords(scriptOptions().env, { description: 'Variables that are added to those of a script job.' }),
  tags: orDefault(tags(), []),
  note: orDefault(text(MAX_NOTE_LENGTH), null),
}));

/** The body of a trigger. */
export const runOptionsBody = lazy(() => inputObject(runOptionFields()));
export type RunOptionsBody = z.output<ReturnType<typeof runOptionsBody>>;

/**
 * Converts the options of a request to those of a run of the job.
 *
 * @throws InvalidInput
 * @throws JobdeckError `payload.too_large`
 */
export function toRunOptions({ target }: Job, { payload, args, env, tags, note }: RunOptionsBody): RunOptions {
  const hasInput = payload !== null || args !== null || env !== null;
  const input: RunInput = {
    ...(payload !== null && { payload: payload as Json }),
    ...(args !== null && { args }),
    ...(env !== null && { env }),
  };
  validateRunInput(input, target, { scriptsWithRole: scriptsWithRole() });
  return { input: hasInput ? input : null, tags, note };
}
