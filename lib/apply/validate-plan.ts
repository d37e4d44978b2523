import type { LimitsView } from '../../functions/api/administration/limits.ts';
import type { DefinitionView } from '../../functions/api/definition/definition-view.ts';
import type { ApiClient } from '../cli/api.ts';
import { mapConcurrently } from './map-concurrently.ts';
import { type Action, idOf, type Plan } from './plan.ts';
import { retryThrottled } from './retry-throttled.ts';

/** Jobs of one tenant that are validated at a time. */
const CONCURRENCY = 4;

/** The response of `POST /jobs/validate`. */
interface Validation {
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
}

/**
 * Asks the API for the problems that it would refuse the writes of a plan for: scripts that are not deployed, limits of
 * the tenant, networks. Writes nothing.
 *
 * @param newCalendars names of calendars that are created before the jobs
 * @returns the problems: `jobs/a.ts: job 'a': schedule: must be …`
 */
export async function validatePlan(
  api: ApiClient,
  { actions }: Plan,
  newCalendars: readonly string[] = [],
): Promise<readonly string[]> {
  const writes = actions.filter((action) => action.kind !== 'delete');
  const written = new Set(writes.map(idOf));
  const errors = await mapConcurrently(writes, CONCURRENCY, (action) => validate(api, action, written, newCalendars));
  const all = errors.flat();
  return all.length > 0 ? all : await findTotalProblem(api, writes);
}

async function validate(
  api: ApiClient,
  action: Exclude<Action, { readonly kind: 'delete' }>,
  written: ReadonlySet<string>,
  newCalendars: readonly string[],
): Promise<readonly string[]> {
  const { file, definition } = action.job;
  const { errors = [] } = await retryThrottled(() =>
    api.post<Validation>('/jobs/validate', withoutCalendars(withoutUpstream(definition, written), newCalendars)),
  );
  return errors.map(({ field, message }) => `${file}: job '${idOf(action)}': ${field}: ${message}`);
}

/**
 * Returns a definition without the upstream jobs that the plan writes: they may not exist yet, or may depend on the job
 * until they are changed. `findCycles` has validated them.
 */
function withoutUpstream(definition: DefinitionView, written: ReadonlySet<string>): DefinitionView {
  const { after } = definition;
  const jobs = after?.jobs.filter(({ job }) => !written.has(job)) ?? [];
  if (!after || jobs.length === after.jobs.length) return definition;
  // A single upstream job allows no `within_s`.
  const within_s = jobs.length > 1 ? after.within_s : null;
  return { ...definition, after: jobs.length > 0 ? { ...after, jobs, within_s } : null };
}

/** Returns a definition without the calendars that do not exist yet. */
function withoutCalendars(definition: DefinitionView, missing: readonly string[]): DefinitionView {
  const existing = (names: readonly string[]) => names.filter((name) => !missing.includes(name));
  const { exclude_calendars: excluded, require_calendars: required } = definition;
  return { ...definition, exclude_calendars: existing(excluded), require_calendars: existing(required) };
}

/** Compares the number of jobs after the writes with the limit of the tenant. Each job was validated as if it were the only one. */
async function findTotalProblem(api: ApiClient, writes: readonly Action[]): Promise<readonly string[]> {
  const created = writes.filter(({ kind }) => kind === 'create').length;
  if (created < 2) return [];
  const { limits, used } = await retryThrottled(() => api.get<LimitsView>('/limits'));
  const { jobs: limit } = limits;
  if (!limit || used.jobs + created <= limit) return [];
  return [`${created} new jobs exceed the limit of the tenant: it has ${used.jobs} of at most ${limit} jobs`];
}
