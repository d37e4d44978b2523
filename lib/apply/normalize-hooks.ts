import { flag, inputObject, matchingText, oneOf, orDefault, text } from '../../functions/api/http/input-schemas.ts';
import { lazy } from '../../functions/api/http/route.ts';
import { toFieldErrors } from '../../functions/api/http/validate.ts';
import {
  HOOK_NAME,
  HOOK_NAME_RULE,
  HOOK_SCHEMES,
  MAX_HOOK_DESCRIPTION_LENGTH,
} from '../../functions/core/domain/hook.ts';
import { JOB_ID, JOB_ID_RULE } from '../../functions/core/domain/job-id.ts';
import type { HookOfFile } from '../project/load-project.ts';
import type { WantedHook } from './hook-plan.ts';

/** Hooks that are valid, and the problems of the others: `jobs/a.ts: hook 'deploy': job: must be …`. */
export interface NormalizedHooks {
  readonly hooks: readonly WantedHook[];
  readonly errors: readonly string[];
}

const declaration = lazy(() =>
  inputObject({
    name: matchingText(HOOK_NAME, HOOK_NAME_RULE),
    job: matchingText(JOB_ID, JOB_ID_RULE),
    scheme: orDefault(oneOf(HOOK_SCHEMES), 'none' as const),
    secret_env: orDefault(matchingText(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable'), null),
    description: orDefault(text(MAX_HOOK_DESCRIPTION_LENGTH), null),
    enabled: orDefault(flag(), true),
  }),
);

/** Validates hooks as the API does, and fills in defaults. */
export function normalizeHooks(declared: readonly HookOfFile[]): NormalizedHooks {
  const hooks: WantedHook[] = [];
  const errors: string[] = [];
  for (const { file, hook } of declared) {
    const label = `${file}: hook '${String(hook.name)}'`;
    const parsed = declaration().safeParse(hook);
    if (!parsed.success) {
      errors.push(...toFieldErrors(parsed.error, 'hook').map(({ field, message }) => `${label}: ${field}: ${message}`));
      continue;
    }
    const { secret_env: secretVariable, ...fields } = parsed.data;
    const isSigned = fields.scheme !== 'none';
    if (isSigned === (secretVariable !== null)) hooks.push({ file, ...fields, secretVariable });
    else {
      const rule = isSigned ? 'is required for' : 'must be absent for';
      errors.push(`${label}: secret_env: ${rule} the scheme ${fields.scheme}`);
    }
  }
  return { hooks, errors };
}
