import { type Checkpoint, type CheckpointCause, captureCut, operatorStates } from '../../../domain/flow/checkpoint.ts';
import type { Plan } from '../../../domain/flow/plan.ts';
import { isTerminal, type Run } from '../../../domain/run.ts';
import { toTenantText } from '../../../domain/service-error-text.ts';
import { endCheckpoint, listCheckpoints, putCheckpoint, removeCheckpoint } from '../../../store/checkpoints.ts';
import { formatCut, storedSplitBytes } from '../../../store/flow-objects.ts';
import { checkpointObjectKey } from '../../../store/keys.ts';
import { listTasks } from '../../../store/tasks.ts';
import type { FlowPlatform } from '../flow-platform.ts';
import { loadPlan } from '../plan/plan-store.ts';
import { removeUnusedStaged } from '../staging/remove-unused.ts';

/** Dependencies for taking a checkpoint. */
export type CheckpointPlatform = Pick<FlowPlatform, 'db' | 'log' | 'now' | 'objects'>;

/** Attempts to reserve an epoch while several checkpoints start at the same time. */
const MAX_EPOCH_ATTEMPTS = 10;

/**
 * Takes a checkpoint of a planned run: stores the committed positions of its tasks in an object, and a row that
 * describes it. A failure is stored in the row and not thrown.
 */
export async function takeCheckpoint(
  platform: CheckpointPlatform,
  run: Run,
  cause: CheckpointCause,
): Promise<Checkpoint> {
  const plan = run.flow?.plan && (await loadPlan(platform.objects, run, run.flow.plan.attempt));
  if (!run.flow?.plan || !plan) throw new Error(`run ${run.ulid} has no plan to take a checkpoint of`);
  const reserved = await reserveEpoch(platform, run, cause);
  const ended = await writeCut(platform, run, plan, run.flow.plan.tasks, reserved).catch(
    (error: unknown): Checkpoint => {
      const fields = { run: run.ulid, tenant: run.tenant, job: run.jobId };
      platform.log.error('checkpoint.failed', { ...fields, error: String(error) });
      return {
        ...reserved,
        state: 'failed',
        finishedAt: new Date(platform.now()).toISOString(),
        message: toTenantText(error),
      };
    },
  );
  await endCheckpoint(platform.db, ended);
  // An ended run creates no more objects, and a restart may be about to read the existing ones.
  if (isTerminal(run.state)) return ended;
  await removeObsolete(platform, run, plan, run.flow.plan.tasks).catch((error: unknown) => {
    platform.log.warn('checkpoint.cleanup_failed', { run: run.ulid, tenant: run.tenant, error: String(error) });
  });
  return ended;
}

async function reserveEpoch(platform: CheckpointPlatform, run: Run, cause: CheckpointCause): Promise<Checkpoint> {
  const { tenant, jobId, incarnation, ulid } = run;
  const ref = { tenant, jobId, incarnation, ulid };
  for (let attempts = 0; attempts < MAX_EPOCH_ATTEMPTS; attempts++) {
    const [newest] = await listCheckpoints(platform.db, run, 1);
    const epoch = (newest?.epoch ?? 0) + 1;
    const checkpoint: Checkpoint = {
      run: ref,
      epoch,
      state: 'in_progress',
      cause,
      startedAt: new Date(platform.now()).toISOString(),
      finishedAt: null,
      pinned: false,
      key: checkpointObjectKey(run, epoch),
      sizeBytes: 0,
      operators: [],
      message: null,
    };
    if (await putCheckpoint(platform.db, run, checkpoint)) return checkpoint;
  }
  throw new Error(`run ${run.ulid}: no epoch for a checkpoint in ${MAX_EPOCH_ATTEMPTS} tries`);
}

async function writeCut(
  platform: CheckpointPlatform,
  run: Run,
  plan: Plan,
  tasks: number,
  reserved: Checkpoint,
): Promise<Checkpoint> {
  const cut = captureCut(await listTasks(platform.db, run, tasks), plan);
  const body = formatCut(cut);
  await platform.objects.put(reserved.key, body, 'application/json');
  return {
    ...reserved,
    state: 'completed',
    finishedAt: new Date(platform.now()).toISOString(),
    sizeBytes: Buffer.byteLength(body),
    operators: operatorStates(plan.flow, plan.splits, tasks, cut, storedSplitBytes),
  };
}

/** A failure is left to the next checkpoint. */
async function removeObsolete(platform: CheckpointPlatform, run: Run, plan: Plan, tasks: number): Promise<void> {
  await removeOldCheckpoints(platform, run, plan);
  await removeUnusedStaged(platform, run, plan, tasks);
}

/**
 * Removes checkpoints beyond the number that the flow keeps, except pinned ones. Failed checkpoints are removed with
 * the old ones, or when as many have failed since.
 */
async function removeOldCheckpoints({ db, objects }: CheckpointPlatform, run: Run, { flow }: Plan): Promise<void> {
  const all = await listCheckpoints(db, run);
  const oldestKept = (state: Checkpoint['state']): number =>
    all.filter((checkpoint) => checkpoint.state === state)[flow.checkpoints.keep - 1]?.epoch ?? 0;
  const [completed, failed] = [oldestKept('completed'), oldestKept('failed')];
  for (const { epoch, pinned, key, state } of all) {
    if (pinned || epoch >= (state === 'failed' ? Math.max(completed, failed) : completed)) continue;
    const steps = [() => objects.remove(key), () => removeCheckpoint(db, run, epoch)];
    // A failed checkpoint usually has no object, and the cause of its failure may also prevent the removal of one. So
    // its row is removed first.
    for (const step of state === 'failed' ? steps.reverse() : steps) await step();
  }
}
