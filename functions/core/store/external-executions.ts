import type { ExternalRun } from '../domain/external-execution.ts';
import type { ExternalExecution, Lease, Run } from '../domain/run.ts';
import type { Db } from './db.ts';
import { absent, all, any, equals, equalsOrAbsent } from './expression.ts';
import { type RunUpdate, updateRun } from './runs.ts';

const NO_LEASE = { leaseToken: null, leaseUntil: null } as const;

/** Matches an attempt that has not ended and has no worker. */
const IS_WITHOUT_WORKER = all(any(equals('state', 'running'), equals('state', 'stopping')), absent('leaseToken'));

/** Records the execution of a claimed run and releases its lease: no worker is held from then on. */
export async function releaseToService(
  db: Db,
  run: Run,
  lease: Lease,
  external: ExternalExecution,
): Promise<RunUpdate> {
  return updateRun(
    db,
    run,
    { external, ...NO_LEASE },
    // guard: external.release.lease
    equals('leaseToken', lease.token),
  );
}

/**
 * Releases the expired lease of a worker that may have started an execution, so that another worker looks for it. Nothing
 * is written if the lease was renewed.
 */
export async function releaseExpired(db: Db, run: Run, lease: Lease): Promise<RunUpdate> {
  const isExpired = all(equals('leaseToken', lease.token), equals('leaseUntil', lease.until));
  return updateRun(db, run, NO_LEASE, isExpired);
}

/**
 * Records what is known about the execution of a run without a worker, such as its reference, unless another caller has
 * done so since, or the execution is that of an earlier attempt.
 */
export async function storeExternal(db: Db, run: ExternalRun, external: ExternalExecution): Promise<RunUpdate> {
  return updateRun(
    db,
    run,
    { external },
    all(IS_WITHOUT_WORKER, /* guard: external.write.as-read */ equals('external', run.external)),
  );
}

/** Records that a worker is asked to read the state of an execution, unless another caller has done so since. */
export async function markLook(db: Db, seen: Run, now: string): Promise<RunUpdate> {
  const isAsRead = /* guard: external.look.once */ equalsOrAbsent('sentAt', seen.sentAt);
  return updateRun(
    db,
    seen,
    { sentAt: now, resends: seen.resends + 1 },
    all(IS_WITHOUT_WORKER, equals('attempt', seen.attempt), isAsRead),
  );
}
