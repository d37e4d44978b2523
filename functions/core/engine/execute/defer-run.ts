import type { JobdeckError } from '../../domain/errors.ts';
import { ScriptRoleUnavailableError } from '../../domain/script-role.ts';
import { DAY_MS, MINUTE_MS } from '../../domain/timing.ts';
import type { Outcome } from '../../executors/execution.ts';
import { notStarted } from '../../executors/not-started.ts';
import type { Platform } from '../../platform/platform.ts';
import { deferClaim } from '../../store/runs.ts';
import { admitWaiting } from '../finalize/admit-waiting.ts';
import type { ClaimedRun } from './claim-run.ts';

/** Bounds of the delay in milliseconds. */
const MIN_DELAY_MS = 5_000;
const MAX_DELAY_MS = 5 * 60_000;
/** Age of a run in milliseconds at which its attempt fails instead. */
const MAX_AGE_MS = DAY_MS;
/** The same if STS refuses the role of the script: IAM propagates a new role within minutes. */
const MAX_REFUSED_AGE_MS = 10 * MINUTE_MS;

/**
 * Queues a claimed run again, because its secrets cannot be read, the role of its script cannot be assumed, or the
 * target that its job names is not available, now. Nothing was executed, so the attempt does not count. The delay equals the age of the run within its bounds, so it doubles with each deferral; a quarter of it is
 * random.
 *
 * @returns `undefined` if the run is queued again; otherwise the outcome with which the attempt ends: the run is older
 *   than a day, or than 10 minutes if STS refuses the role, or is being stopped
 */
export async function deferRun(
  platform: Platform,
  { run, lease, limits }: ClaimedRun,
  error: JobdeckError,
): Promise<Outcome | undefined> {
  const now = platform.now();
  const age = now - /* guard: run.defer.delayed */ Date.parse(run.runAt ?? run.createdAt);
  const cause = error.cause instanceof Error ? `${error.cause.name}: ${error.cause.message}` : String(error.cause);
  const fields = { tenant: run.tenant, job: run.jobId, run: run.ulid, reason: error.message, cause };
  const isRefused = error instanceof ScriptRoleUnavailableError && error.refusal !== undefined;
  const maxAge = isRefused ? /* guard: run.defer.refused */ MAX_REFUSED_AGE_MS : MAX_AGE_MS;
  // guard: run.defer.age
  if (age > maxAge) return notStarted(error.message);
  const delay = Math.round(Math.min(Math.max(age, MIN_DELAY_MS), MAX_DELAY_MS) * (0.75 + platform.random() / 4));
  const dueAt = new Date(now + delay).toISOString();
  if (!(await deferClaim(platform.db, run, lease, dueAt))) return { ...notStarted(error.message), status: 'aborted' };
  platform.log.warn('run.deferred', { ...fields, dueAt });
  await platform.queues.sendRun(run, delay);
  await admitWaiting(platform, run, limits);
  return undefined;
}
