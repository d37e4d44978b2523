import { isDeepStrictEqual } from 'node:util';
import { JobdeckError } from '../../../domain/errors.ts';
import { type Cut, captureCut, findSplitStart } from '../../../domain/flow/checkpoint.ts';
import type { Flow, Source } from '../../../domain/flow/flow.ts';
import { type Plan, resumePointAfterStaged, type Split } from '../../../domain/flow/plan.ts';
import { currentSplitIndex, type Task } from '../../../domain/flow/task.ts';
import type { Job } from '../../../domain/job.ts';
import { isTerminal, type Restart, type Run } from '../../../domain/run.ts';
import type { Objects } from '../../../platform/objects.ts';
import type { Platform } from '../../../platform/platform.ts';
import { getCheckpoint, listCheckpoints } from '../../../store/checkpoints.ts';
import { parseCut } from '../../../store/flow-objects.ts';
import { checkpointObjectKey, stagedObjectKey } from '../../../store/keys.ts';
import { getRun } from '../../../store/runs.ts';
import { listTasks } from '../../../store/tasks.ts';
import { startOnce } from '../../start/start-once.ts';
import type { RunRequest } from '../../start/start-run.ts';
import { takeCheckpoint } from '../checkpoint/take-checkpoint.ts';
import type { FlowPlatform } from '../flow-platform.ts';
import { loadPlan } from '../plan/plan-store.ts';

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
 * `job.disabled`, `run.overlap`, `checkpoint.failed`
 */
export async function restartRun(
  platform: Platform & { readonly objects: Objects },
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
  platform: Platform & { readonly objects: Objects },
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
    restart: { lineage: run.flow.lineage, restart },
  };
}

/** A planned run with its plan. */
interface RestartBase {
  readonly run: Run;
  readonly plan: Plan;
  readonly tasks: number;
  /** Epoch of the checkpoint to continue from; `null`: the run's start. */
  readonly epoch: number | null;
}

/**
 * Finds the planned run to continue from: the run itself or, if it was stopped before its planning, the run from which
 * it was restarted.
 *
 * @returns `undefined` if no run of the lineage was planned, or its plan was purged
 */
async function findBase(
  { db, objects }: Pick<FlowPlatform, 'db' | 'objects'>,
  run: Run | undefined,
  epoch: number | null = null,
): Promise<RestartBase | undefined> {
  if (!run?.flow) return undefined;
  const { plan: planned, restart } = run.flow;
  if (planned) {
    const plan = await loadPlan(objects, run, planned.attempt);
    return plan && { run, plan, tasks: planned.tasks, epoch };
  }
  return restart && findBase({ db, objects }, await getRun(db, { ...run, ulid: restart.from }), restart.epoch);
}

/** Positions refer to the sources and the page size of the former run. */
function assertSourcesUnchanged(before: Flow, now: Flow): void {
  if (before.pageSize === now.pageSize && isDeepStrictEqual(before.sources.map(inputOf), now.sources.map(inputOf)))
    return;
  const message = 'The sources or the page size of the pipeline have changed since; start a new job instead';
  throw new JobdeckError('conflict', 'flow.changed', message);
}

/** Returns the fields of a source that determine its input. */
const inputOf = ({ name, tap, ...source }: Source) => source;

/**
 * Chooses the checkpoint to continue from if the request names none. A run that was interrupted continues from its last
 * committed position; a checkpoint of it is taken now unless one exists. Any other run continues from its newest
 * checkpoint.
 *
 * @returns `null` to start from the beginning
 */
async function chooseEpoch(
  platform: Platform & { readonly objects: Objects },
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

/**
 * Returns the splits of a run that continues another run, positioned at the checkpoint. Splits are never cut again.
 * Staged batches are copied, because the objects of the former run are purged with it.
 *
 * @param flow the flow of the new run
 *
 * @param isStaged whether a source is staged; pages written after the checkpoint then keep their keys, and new pages
 * get new ones
 * @returns `undefined` if the run does not continue another run
 */
export async function createRestartSplits(
  platform: FlowPlatform,
  run: Run,
  flow: Flow,
  isStaged: (source: number) => boolean,
): Promise<readonly Split[] | undefined> {
  const restart = run.flow?.restart;
  if (!restart) return undefined;
  const former = await getRun(platform.db, { ...run, ulid: restart.from });
  const base = await findBase(platform, former, restart.epoch);
  if (!base) return undefined;
  const { plan } = base;
  const tasks = await listTasks(platform.db, base.run, base.tasks);
  const written = pagesWritten(tasks, plan);
  const taken = base.epoch === null ? undefined : await loadCut(platform.objects, base.run, base.epoch);
  // A queue does not deliver its messages again, so the last staged batch is used whatever the checkpoint.
  const last = captureCut(tasks, plan);
  // The progress of sinks within a page refers to the output of the transforms.
  const isSame = isDeepStrictEqual([plan.flow.transforms, plan.flow.sinks], [flow.transforms, flow.sinks]);
  // Another run may have continued from the same run before.
  const own = run.number * PAGE_NUMBERS_PER_RUN;
  const splits: Split[] = [];
  for (const [number, split] of plan.splits.entries()) {
    const { source, data } = split;
    const at = findSplitStart(split, number, plan.unbounded.includes(source) ? last : taken);
    const pageAfter = isStaged(source) ? Math.max(written.get(number) ?? 0, own) : 0;
    const part = (isSame && at?.part) || null;
    const start = { position: at?.position ?? null, page: at?.page ?? 0, done: at?.done ?? false, part };
    if (!at?.staged) splits.push({ source, data, from: { ...start, page: Math.max(start.page, pageAfter) } });
    else {
      const staged = {
        ...at.staged,
        key: stagedObjectKey(run, number, at.page, 0),
        origin: { key: at.staged.origin?.key ?? at.staged.key, firstPage: pageAfter },
        pageAfter: pageAfter + PAGE_NUMBERS_PER_STAGED_BATCH,
      };
      await copyObject(platform.objects, at.staged.key, staged.key);
      splits.push({ source, data, from: { ...start, staged } });
    }
  }
  return splits;
}

/** Page numbers reserved for each run of a lineage, so that pages of staged sources have new keys in every run. */
const PAGE_NUMBERS_PER_RUN = 1_000_000;
/**
 * Page numbers reserved for a staged batch that lost messages to another run. A queue delivers fewer pages in one
 * batch.
 */
const PAGE_NUMBERS_PER_STAGED_BATCH = 100;

/** Returns for each split the number of the first page that no task has started. */
function pagesWritten(tasks: readonly Task[], plan: Plan): ReadonlyMap<number, number> {
  const { pageSize } = plan.flow;
  const pages = new Map<number, number>(
    plan.splits.map((split, number) => [number, resumePointAfterStaged(split, pageSize).page]),
  );
  for (const task of tasks) {
    for (const number of task.splits.slice(0, task.at)) {
      const split = plan.splits[number];
      // The task does not store pages by split. A split has at most all pages of its source.
      if (split)
        pages.set(number, resumePointAfterStaged(split, pageSize).page + (task.operators[split.source]?.pages ?? 0));
    }
    for (const [number, { page }] of Object.entries(task.resumePoints)) pages.set(Number(number), page);
    const split = task.splits[currentSplitIndex(task)];
    // The page in progress when the run ended may have reached a sink.
    if (split !== undefined) pages.set(split, task.page + 1);
  }
  return pages;
}

async function loadCut(objects: Objects, run: Run, epoch: number): Promise<Cut> {
  const text = await objects.getText(checkpointObjectKey(run, epoch));
  if (text === undefined) throw new Error(`checkpoint ${epoch} of run ${run.ulid} is gone`);
  return parseCut(text);
}

async function copyObject(objects: Objects, from: string, to: string): Promise<void> {
  const text = await objects.getText(from);
  if (text === undefined) throw new Error(`what was in hand at ${from} is gone`);
  await objects.put(to, text, 'application/json');
}
