import { executeCalendarPlan, readCurrentCalendars } from '../apply/apply-calendars.ts';
import { executeHookPlan, readCurrentHooks, validateHookPlan } from '../apply/apply-hooks.ts';
import { planCalendars } from '../apply/calendar-plan.ts';
import { executePlan } from '../apply/execute-plan.ts';
import { hookNameOf, planHooks, replacesForeignHook } from '../apply/hook-plan.ts';
import { mapConcurrently } from '../apply/map-concurrently.ts';
import { normalizeCalendars } from '../apply/normalize-calendars.ts';
import { normalizeHooks } from '../apply/normalize-hooks.ts';
import { normalizeJobs } from '../apply/normalize-job.ts';
import { idOf, planChanges } from '../apply/plan.ts';
import { readCurrentJobs } from '../apply/read-current-jobs.ts';
import { ApiClient } from '../cli/api.ts';
import { DEMO_TENANT } from '../local/demo/tenant.ts';
import type { LocalSystem } from '../local/system.ts';
import { loadProject, type Project } from './load-project.ts';

/** Hooks that are validated at a time. */
const CONCURRENCY = 4;

/** A word for each kind of change that is applied without a question. */
const DONE: Readonly<Record<string, string>> = { create: 'Created', change: 'Changed' };

export interface AppliedJobs {
  /** A message for each change. */
  readonly messages: readonly string[];
  /** A message for each job that is not as the project declares it. */
  readonly problems: readonly string[];
  /** Files that the jobs depend on, relative to the project. */
  readonly sources: readonly string[];
}

/**
 * Creates and changes the calendars, jobs and hooks of a local system's demo tenant as the project declares them. Jobs and hooks of
 * other origin and those that the project no longer declares stay: `jobdeck apply` replaces and deletes them.
 *
 * @throws Error if the project cannot be loaded or the jobs cannot be read
 */
export async function applyToLocal(
  root: string,
  system: Pick<LocalSystem, 'url' | 'issueToken'>,
): Promise<AppliedJobs> {
  const project = await loadProject(root);
  const owner = { project: project.name, tenant: DEMO_TENANT };
  const { jobs, errors } = await normalizeJobs(project.jobsWithFiles(DEMO_TENANT), owner, Date.now());
  const api = new ApiClient(system.url, () => system.issueToken({ tenant: DEMO_TENANT, roles: ['OWNER', 'ADMIN'] }));
  const declared = normalizeCalendars(project.calendars(DEMO_TENANT), Date.now());
  const calendarPlan = planCalendars(declared.calendars, await readCurrentCalendars(api, declared.calendars));
  const calendars = await executeCalendarPlan(api, calendarPlan);
  const options = { ...owner, prune: false };
  const plan = planChanges(jobs, await readCurrentJobs(api, jobs, options), options);
  const isForeign = ({ kind }: { readonly kind: string }) => kind === 'adopt';
  const foreign = plan.actions.filter(isForeign).map(idOf);
  const outcomes = await executePlan(api, { ...plan, actions: plan.actions.filter((action) => !isForeign(action)) });
  const refused = outcomes.filter(({ error }) => error !== undefined);
  const hooks = await applyHooks(project, api, new Set(jobs.map(({ definition }) => definition.id)));
  return {
    messages: [
      ...calendars.filter(({ error }) => error === undefined).map(({ name }) => `Stored the calendar '${name}'.`),
      ...outcomes
        .filter(({ error }) => error === undefined)
        .map(({ id, kind }) => `${DONE[kind] ?? kind} the job '${id}'.`),
      ...hooks.messages,
    ],
    problems: [
      ...declared.errors,
      ...errors,
      ...calendars
        .filter(({ error }) => error !== undefined)
        .map(({ name, error }) => `The calendar '${name}' was refused: ${error}`),
      ...foreign.map(
        (id) => `The job '${id}' exists and is not of this project. \`npx jobdeck apply --adopt\` replaces it.`,
      ),
      ...refused.map(({ id, error }) => `The job '${id}' was refused: ${error}`),
      ...hooks.problems,
    ],
    sources: project.sources,
  };
}

/** Creates and changes the hooks that can be: the others are problems. */
async function applyHooks(
  project: Project,
  api: ApiClient,
  jobs: ReadonlySet<string>,
): Promise<Pick<AppliedJobs, 'messages' | 'problems'>> {
  const declared = normalizeHooks(project.hooks(DEMO_TENANT));
  if (declared.hooks.length === 0) return { messages: [], problems: declared.errors };
  const options = { project: project.name, prune: false };
  const plan = planHooks(declared.hooks, await readCurrentHooks(api), options);
  const foreign = plan.actions.filter(replacesForeignHook);
  const own = plan.actions.filter((action) => !replacesForeignHook(action));
  const checked = await mapConcurrently(own, CONCURRENCY, async (action) => ({
    action,
    problems: await validateHookPlan(api, { ...plan, actions: [action] }, jobs, process.env),
  }));
  const valid = checked.filter(({ problems }) => problems.length === 0).map(({ action }) => action);
  const outcomes = await executeHookPlan(
    api,
    { ...plan, actions: valid },
    {
      project: project.name,
      environment: process.env,
      hasFailed: false,
    },
  );
  return {
    messages: outcomes
      .filter(({ error }) => error === undefined)
      .map(({ name, url }) => (url ? `Created the hook '${name}': ${url}` : `Changed the hook '${name}'.`)),
    problems: [
      ...declared.errors,
      ...plan.errors,
      ...checked.flatMap(({ problems }) => problems),
      ...foreign.map(
        (action) =>
          `The hook '${hookNameOf(action)}' exists and is not of this project. \`npx jobdeck apply --adopt\` replaces it.`,
      ),
      ...outcomes
        .filter(({ error }) => error !== undefined)
        .map(({ name, error }) => `The hook '${name}' was refused: ${error}`),
    ],
  };
}
