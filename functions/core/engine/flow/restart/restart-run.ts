import { placeOfRepeat } from '../../../domain/chain.ts';
import { JobdeckError } from '../../../domain/errors.ts';
import type { Flow } from '../../../domain/flow/flow.ts';
import type { Job } from '../../../domain/job.ts';
import { isTerminal, type Restart, type Run } from '../../../domain/run.ts';
import type { Objects } from '../../../platform/objects.ts';
import type { Platform } from '../../../platform/platform.ts';
import { getCheckpoint, listCheckpoints } from '../../../store/checkpoints.ts';
import { getRunOptions } from '../../start/run-options.ts';
import { startOnce } from '../../start/start-once.ts';
import type { RunRequest } from '../../start/start-run.ts';
import { takeCheckpoint } from '../checkpoint/take-checkpoint.ts';
import { findBase, hasSameInput, type RestartBase, SOURCES_CHANGED } from './restart-base.ts';

type PlatformWithObjects = Platform & { readonly objects: Objects };

/** A request to restart an ended flow run. */
export interface RestartRequest {
  /**
   * Epoch of one of the run's checkpoints.
   *
   * @defaultValue the last committed position; see {@link chooseEpoch}
   */
  readonly epoch?: number;
  /** @defaultValue the parallelism of the run */
  readonly parallelism?: number;
  /** Idempotency key: for 24 hours a repeat for the same run returns the run that the first request started. */
  readonly key?: string;
}

/**
 * Starts a run that continues an ended run, from its last committed position or from a checkpoint. The input of the
 * sources must be unchanged; everything else in the flow may have changed.
 *
 * @throws JobdeckError `run.active`, `run.no_flow`, `checkpoint.not_found`, `checkpoint.unusable`, `flow.changed`,
 * `job.disabled`, `run.overlap`, `run.input_expired`, `checkpoint.failed`
 */
export async function restartRun(
  platform: PlatformWithObjects,
  job: Job,
  run: Run,
  request: RestartRequest,
): Promise<Run> {
  // The line feed keeps this key apart from the keys of triggers, which contain none.
  const key = request.key === undefined ? undefined : `\nrestart ${run.ulid} ${request.key}`;
  const started = await startOnce(platform, job, key, () => createRestart(platform, job, run, request));
  if (started) return started;
  throw new JobdeckError('conflict', 'run.overlap', `Pipeline '${job.id}' is running already`);
}

/** Prepares the run that continues `run`. Takes a checkpoint of the last committed position if there is none. */
async function createRestart(
  platform: PlatformWithObjects,
  job: Job,
  run: Run,
  { epoch, parallelism }: RestartRequest,
): Promise<RunRequest> {
  if (!isTerminal(run.state))
    throw new JobdeckError('conflict', 'run.active', 'Cannot restart a job that has not ended');
  if (job.target.type !== 'flow' || !run.flow) {
    throw new JobdeckError('unprocessable', 'run.no_flow', 'Only runs of flows can be restarted');
  }
  if (!job.enabled) throw new JobdeckError('conflict', 'job.disabled', `Pipeline '${job.id}' is disabled`);
  const base = await findBase(platform, run);
  if (base) assertSourcesUnchanged(base.plan.flow, job.target.flow);
  const from =
    epoch === undefined ? await chooseEpoch(platform, run, base) : await assertRestartable(platform, run, epoch);
  const former = run.flow.restart?.parallelism ?? base?.plan.flow.parallelism ?? job.target.flow.parallelism;
  const wanted = parallelism ?? former;
  const restart: Restart = { from: run.ulid, epoch: from, parallelism: wanted, rescaled: wanted !== former };
  return {
    job,
    ulid: platform.newUlid(platform.now()),
    trigger: 'restart',
    scheduledAt: null,
    options: await getRunOptions(platform.db, run),
    restart: { lineage: run.flow.lineage, restart },
    chain: placeOfRepeat(run),
  };
}

function assertSourcesUnchanged(before: Flow, now: Flow): void {
  if (!hasSameInput(before, now)) throw new JobdeckError('conflict', 'flow.changed', SOURCES_CHANGED);
}

/**
 * Chooses the checkpoint to continue from if the request names none. A run that was interrupted continues from its last
 * committed position; a checkpoint of it is taken now unless one exists. Any other run continues from its newest
 * checkpoint.
 *
 * @returns `null` to start from the beginning
 */
async function chooseEpoch(
  platform: PlatformWithObjects,
  run: Run,
  base: RestartBase | undefined,
): Promise<number | null> {
  const newest = (await listCheckpoints(platform.db, run)).find(({ state }) => state === 'completed');
  const isOfEnd = newest && (newest.cause === 'stop' || newest.startedAt > (run.finishedAt ?? ''));
  if (!base || base.run !== run || isOfEnd || !resumesAtLastPage(run, base.plan.flow)) return newest?.epoch ?? null;
  const { state, epoch } = await takeCheckpoint(platform, run, 'request');
  if (state === 'completed') return epoch;
  const message = 'The checkpoint of where the job was left off could not be written; try it again';
  throw new JobdeckError('unavailable', 'checkpoint.failed', message);
}

/**
 * @returns whether the run continues from its last committed pages; `false` if a failed record ended the run, because
 * its page was committed and must be repeated
 */
function resumesAtLastPage({ state }: Run, { onError }: Flow): boolean {
  return state === 'canceled' || (state === 'failed' && onError === 'continue');
}

async function assertRestartable({ db }: Platform, run: Run, epoch: number): Promise<number> {
  const checkpoint = await getCheckpoint(db, run, epoch);
  if (!checkpoint) throw new JobdeckError('not_found', 'checkpoint.not_found', 'Checkpoint not found');
  if (checkpoint.state === 'completed') return epoch;
  throw new JobdeckError('unprocessable', 'checkpoint.unusable', 'The checkpoint was not completed');
}
