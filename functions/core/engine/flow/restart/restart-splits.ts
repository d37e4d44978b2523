import { isDeepStrictEqual } from 'node:util';
import { type Cut, captureCut, findSplitStart } from '../../../domain/flow/checkpoint.ts';
import type { Flow } from '../../../domain/flow/flow.ts';
import { type Plan, resumePointAfterStaged, type Split } from '../../../domain/flow/plan.ts';
import { currentSplitIndex, type Task } from '../../../domain/flow/task.ts';
import type { Run } from '../../../domain/run.ts';
import { FlowFailure } from '../../../executors/flow/flow-failure.ts';
import type { Objects } from '../../../platform/objects.ts';
import { parseCut } from '../../../store/flow-objects.ts';
import { checkpointObjectKey, stagedObjectKey } from '../../../store/keys.ts';
import { getRun } from '../../../store/runs.ts';
import { listTasks } from '../../../store/tasks.ts';
import type { FlowPlatform } from '../flow-platform.ts';
import { findBase, hasSameInput, SOURCES_CHANGED } from './restart-base.ts';

/** Page numbers reserved for each run of a lineage, so that pages of staged sources have new keys in every run. */
const PAGE_NUMBERS_PER_RUN = 1_000_000;

/**
 * Page numbers reserved for a staged batch that lost messages to another run. A queue delivers fewer pages in one
 * batch.
 */
const PAGE_NUMBERS_PER_STAGED_BATCH = 100;

/**
 * Returns the splits of a run that continues another run, positioned at the checkpoint. Splits are never cut again.
 * Staged batches are copied, because the objects of the former run are purged with it.
 *
 * @param flow the flow of the new run
 * @param isStaged whether a source is staged; pages written after the checkpoint then keep their keys, and new pages
 * get new ones
 * @returns `undefined` if the run does not continue another run
 * @throws FlowFailure, permanent, if the sources or the page size have changed since
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
  // The definition may have changed while the run was queued.
  if (/* guard: restart.same-input */ !hasSameInput(plan.flow, flow))
    throw new FlowFailure(SOURCES_CHANGED, { permanent: true });
  const tasks = await listTasks(platform.db, base.run, base.tasks);
  const written = pagesWritten(tasks, plan);
  const taken = base.epoch === null ? undefined : await loadCut(platform.objects, base.run, base.epoch);
  // A queue does not deliver its messages again, so every restart continues with the last staged batch.
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
  if (text === undefined) throw new Error(`checkpoint ${epoch} of run ${run.ulid} was removed`);
  return parseCut(text);
}

async function copyObject(objects: Objects, from: string, to: string): Promise<void> {
  const text = await objects.getText(from);
  if (text === undefined) throw new Error(`the staged batch ${from} was removed`);
  await objects.put(to, text, 'application/json');
}
