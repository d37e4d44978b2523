import { type ApiClient, ApiError, path } from '../cli/api.ts';
import { toLevels } from './dependency-levels.ts';
import { mapConcurrently } from './map-concurrently.ts';
import { type Action, definitionOf, idOf, type Plan } from './plan.ts';
import { retryThrottled } from './retry-throttled.ts';

/** Jobs of one tenant that are written at a time. */
const CONCURRENCY = 4;

const MEANWHILE: Readonly<Record<number, string>> = {
  409: 'was changed meanwhile; run apply again',
  412: 'was changed meanwhile; run apply again',
};

/** The result of an action. */
export interface Outcome {
  readonly id: string;
  readonly kind: Action['kind'];
  /** The reason why the action was not executed; `undefined` if it was. */
  readonly error: string | undefined;
}

/**
 * Executes a plan. Each write requires the version of the job that the plan was made from. A failed action does not stop
 * the others. Upstream jobs (`after`) are written before and deleted after those that start after them. Deletions are
 * last, and are skipped if another action failed: the failed one may replace the deleted job.
 */
export async function executePlan(api: ApiClient, { actions }: Plan): Promise<readonly Outcome[]> {
  const deletions = actions.filter(({ kind }) => kind === 'delete');
  const writes = actions.filter(({ kind }) => kind !== 'delete');
  const written = await executeLevels(toLevels(writes, definitionOf), (action) => execute(api, action));
  const hasFailed = written.some(({ error }) => error !== undefined);
  const deleted = await executeLevels(toLevels(deletions, definitionOf).toReversed(), async (action) =>
    /* guard: apply.delete.last */ hasFailed
      ? { id: idOf(action), kind: action.kind, error: 'was not deleted, because other changes failed' }
      : execute(api, action),
  );
  return [...written, ...deleted];
}

/** Executes the actions of a level when those of the level before have ended. */
async function executeLevels(
  levels: readonly (readonly Action[])[],
  run: (action: Action) => Promise<Outcome>,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const level of levels) outcomes.push(...(await mapConcurrently(level, CONCURRENCY, run)));
  return outcomes;
}

async function execute(api: ApiClient, action: Action): Promise<Outcome> {
  const result = { id: idOf(action), kind: action.kind };
  try {
    await retryThrottled(() => send(api, action));
    return { ...result, error: undefined };
  } catch (error) {
    const status = error instanceof ApiError ? error.status : undefined;
    if (action.kind === 'delete' && status === 404) return { ...result, error: undefined };
    return { ...result, error: explain(error, action, status) };
  }
}

function send(api: ApiClient, action: Action): Promise<unknown> {
  const url = path`/jobs/${idOf(action)}`;
  switch (action.kind) {
    case 'create':
      return api.request('PUT', url, { body: action.job.definition, headers: { 'if-none-match': '*' } });
    case 'change':
    case 'adopt':
      return api.request('PUT', url, { body: action.job.definition, headers: ifMatch(action.current.etag) });
    case 'delete':
      return api.request('DELETE', url, { headers: ifMatch(action.current.etag) });
  }
}

/** @throws Error if the version is unknown: a write without a precondition may overwrite another change */
function ifMatch(etag: string | undefined): Readonly<Record<string, string>> {
  if (etag === undefined) throw new Error('The response for the job has no entity tag');
  return /* guard: apply.if-match */ { 'if-match': etag };
}

function explain(error: unknown, { kind }: Action, status: number | undefined): string {
  // A deletion conflicts with jobs that start after the job, which the message names.
  const isFollowed = kind === 'delete' && status === 409;
  const meanwhile = status === undefined || isFollowed ? undefined : MEANWHILE[status];
  return meanwhile ?? (error instanceof Error ? error.message : String(error));
}
