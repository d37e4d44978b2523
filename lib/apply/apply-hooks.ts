import type { HookView } from '../../functions/api/runner/hooks.ts';
import { type ApiClient, ApiError, path } from '../cli/api.ts';
import { type CurrentHook, type HookAction, type HookPlan, hookNameOf } from './hook-plan.ts';
import { mapConcurrently } from './map-concurrently.ts';
import { retryThrottled } from './retry-throttled.ts';

/** Hooks of one tenant that are written at a time. */
const CONCURRENCY = 4;

/** The result of the change of a hook. */
export interface HookOutcome {
  readonly name: string;
  /** The URL of a new hook, which no other response contains. */
  readonly url?: string;
  /** The reason why the hook was not changed; `undefined` if it was. */
  readonly error: string | undefined;
}

/** Variables by name. */
type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the hooks of a tenant. */
export async function readHooks(api: ApiClient): Promise<readonly HookView[]> {
  const { hooks } = await retryThrottled(() => api.get<{ readonly hooks: readonly HookView[] }>('/hooks'));
  return hooks;
}

/** Reads the hooks of a tenant to which code can refer. */
export const readCurrentHooks = async (api: ApiClient): Promise<readonly CurrentHook[]> =>
  (await readHooks(api)).filter((hook): hook is CurrentHook => hook.name !== null);

/**
 * Returns the problems for which new hooks would fail: jobs that neither the project nor the tenant has, and secrets that are
 * not set.
 *
 * @param declaredJobs ids of the jobs of the project
 */
export async function validateHookPlan(
  api: ApiClient,
  { actions }: HookPlan,
  declaredJobs: ReadonlySet<string>,
  environment: Environment,
): Promise<readonly string[]> {
  const problems = await mapConcurrently(actions, CONCURRENCY, async (action) => {
    if (action.kind === 'delete') return [];
    const { file, name, job, secretVariable } = action.hook;
    const found: string[] = [];
    if (!declaredJobs.has(job) && !(await hasJob(api, job))) found.push(`job: must be the id of a job, got '${job}'`);
    if (action.kind === 'create' && secretVariable !== null && !environment[secretVariable]) {
      found.push(`secret_env: the environment variable ${secretVariable} must be set to create the hook`);
    }
    return found.map((problem) => `${file}: hook '${name}': ${problem}`);
  });
  return problems.flat();
}

async function hasJob(api: ApiClient, id: string): Promise<boolean> {
  try {
    await retryThrottled(() => api.get(path`/jobs/${id}`));
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false;
    throw error;
  }
}

/**
 * Executes a plan, after the jobs of the hooks have been written. A failed action does not stop the others. Deletions are
 * last, and are skipped if another action failed: the failed one may replace the deleted hook.
 *
 * @param options.hasFailed a change before the hooks failed
 */
export async function executeHookPlan(
  api: ApiClient,
  { actions }: HookPlan,
  { project, environment, hasFailed }: HookExecution,
): Promise<readonly HookOutcome[]> {
  const run = (action: HookAction) => execute(api, action, project, environment);
  const writes = actions.filter(({ kind }) => kind !== 'delete');
  const written = await mapConcurrently(writes, CONCURRENCY, run);
  const keeps = hasFailed || written.some(({ error }) => error !== undefined);
  const deletions = actions.filter(({ kind }) => kind === 'delete');
  const deleted = await mapConcurrently(deletions, CONCURRENCY, async (action) =>
    keeps ? { name: hookNameOf(action), error: 'was not deleted, because other changes failed' } : run(action),
  );
  return [...written, ...deleted];
}

export interface HookExecution {
  readonly project: string;
  readonly environment: Environment;
  readonly hasFailed: boolean;
}

async function execute(
  api: ApiClient,
  action: HookAction,
  project: string,
  environment: Environment,
): Promise<HookOutcome> {
  const name = hookNameOf(action);
  try {
    const url = await retryThrottled(() => send(api, action, project, environment));
    return { name, ...(url !== undefined && { url }), error: undefined };
  } catch (error) {
    const status = error instanceof ApiError ? error.status : undefined;
    if (action.kind === 'delete' && status === 404) return { name, error: undefined };
    return { name, error: error instanceof Error ? error.message : String(error) };
  }
}

/** @returns the URL of a new hook */
async function send(
  api: ApiClient,
  action: HookAction,
  project: string,
  environment: Environment,
): Promise<string | undefined> {
  if (action.kind === 'delete') {
    await api.request('DELETE', path`/hooks/${action.current.id}`);
    return undefined;
  }
  if (action.kind === 'create') {
    const { file: _, secretVariable, ...fields } = action.hook;
    const secret = secretVariable === null ? undefined : environment[secretVariable];
    const created = await api.post<{ readonly url: string }>('/hooks', { ...fields, secret, managed_by: project });
    return created.url;
  }
  const body = Object.fromEntries(action.changes.map(({ field, after }) => [field, after]));
  await api.request('PATCH', path`/hooks/${action.current.id}`, { body });
  return undefined;
}
