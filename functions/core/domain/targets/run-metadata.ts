import type { Json } from '../json.ts';

/** The run that a receiver outside of the platform works for. */
export interface RunMetadata {
  readonly tenant: string;
  readonly job_id: string;
  /** Id of the run, the same in all of its attempts: the idempotency key. */
  readonly run_id: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** ISO 8601; null for a run that was not scheduled. */
  readonly scheduled_at: string | null;
}

/** Field of an input that names its run. */
export const RUN_FIELD = 'jobdeck';

/** @returns the rule that a payload violates by naming a run, to follow its name; `undefined` if it names none */
export function findRunFieldFault(payload: Json): string | undefined {
  const isNamed =
    typeof payload === 'object' && payload !== null && !Array.isArray(payload) && Object.hasOwn(payload, RUN_FIELD);
  // guard: targets.run-field
  return isNamed ? `must not have the field '${RUN_FIELD}', which names the run` : undefined;
}
