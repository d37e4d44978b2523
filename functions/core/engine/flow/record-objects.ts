import { captureCut } from '../../domain/flow/checkpoint.ts';
import {
  advanceObjectCursor,
  movedKey,
  type ObjectDeltaStart,
  parsePrefix,
  textAtPlaceholder,
} from '../../domain/flow/object-delta.ts';
import type { Plan } from '../../domain/flow/plan.ts';
import type { S3Source } from '../../domain/flow/source.ts';
import type { Task } from '../../domain/flow/task.ts';
import type { Run } from '../../domain/run.ts';
import { isMoved } from '../../executors/flow/sources/list-unread.ts';
import type { FileActions } from '../../platform/file-actions.ts';
import { forEachConcurrent } from '../../platform/for-each-concurrent.ts';
import type { ObjectInfo, Objects } from '../../platform/objects.ts';
import type { Platform } from '../../platform/platform.ts';
import { finishedObjectsKey, tenantFolder } from '../../store/keys.ts';
import { findReadObjects, fingerprintOf, putReadObjects, type ReadObjects } from '../../store/read-objects.ts';
import { listFailedSplits } from '../../store/record-errors.ts';
import { logRunEvent } from './log-run-event.ts';
import { loadPlan } from './plan/plan-store.ts';

/** Dependencies of {@link recordObjects}. */
export type RecordPlatform = Pick<Platform, 'db' | 'now' | 'log'> & { readonly objects: Objects };

/** Attempts to store the objects while other runs of the job store theirs. */
const MAX_TRIES = 20;
/** Objects that are moved or tagged at a time. */
const CONCURRENCY = 16;
/** Milliseconds after which the rest is left to the next message: a worker ends a slice of up to 12 minutes before. */
const MAX_MS = 60_000;

/** The objects of a source in the plan of a run. */
interface PlannedObjects {
  readonly delta: ObjectDeltaStart;
  /** Objects whose records were all processed, and the others. */
  readonly read: readonly ObjectInfo[];
  readonly unread: readonly ObjectInfo[];
}

/**
 * Records which objects a run has read whose tasks have all ended, for sources that read only unread ones, and moves or
 * tags them. A repetition records the same.
 *
 * @returns `false` if objects are left for lack of time
 * @throws Error if S3 or DynamoDB cannot be used now
 */
export async function recordObjects(
  platform: RecordPlatform,
  files: FileActions,
  run: Run,
  tasks: readonly Task[],
): Promise<boolean> {
  const plan = run.flow?.plan && (await loadPlan(platform.objects, run, run.flow.plan.attempt));
  if (!plan) return true;
  const deadline = platform.now() + MAX_MS;
  const isDone = await findDoneSplits(platform, run, plan, tasks);
  for (const [index, source] of plan.flow.sources.entries()) {
    if (source.type !== 's3' || !source.delta) continue;
    const planned = groupObjects(plan, index, isDone);
    if (!planned || !(await store(platform, run, source, planned))) continue;
    const hasTime = () => platform.now() < deadline;
    if (source.afterwards && !(await finishObjects(platform, files, run, source, planned.read, hasTime))) return false;
  }
  return true;
}

/** Returns whether all records of a split were processed, and none failed if the flow stops at failed records. */
async function findDoneSplits(
  { db }: RecordPlatform,
  run: Run,
  plan: Plan,
  tasks: readonly Task[],
): Promise<(split: number) => boolean> {
  const cut = new Map(captureCut(tasks, plan).splits.map(({ split, done }) => [split, done]));
  const failed = plan.flow.onError === 'stop' ? await listFailedSplits(db, run) : new Set<number>();
  return (split) =>
    (cut.get(split) ?? plan.splits[split]?.from?.done ?? false) && /* guard: read-objects.stopped */ !failed.has(split);
}

/** Groups the objects of a source by whether all of their splits are done. Returns `undefined` if the plan has none. */
function groupObjects(plan: Plan, source: number, isDone: (split: number) => boolean): PlannedObjects | undefined {
  const objects = new Map<string, { readonly object: ObjectInfo; isRead: boolean }>();
  let delta: ObjectDeltaStart | undefined;
  for (const [number, split] of plan.splits.entries()) {
    if (split.source !== source || split.errors) continue;
    const data = split.data as unknown as ObjectInfo & { readonly delta?: ObjectDeltaStart };
    delta ??= data.delta;
    const found = objects.get(data.key) ?? { object: data, isRead: true };
    objects.set(data.key, { ...found, isRead: found.isRead && isDone(number) });
  }
  if (!delta) return undefined;
  const all = [...objects.values()];
  const select = (isRead: boolean) => all.filter((each) => each.isRead === isRead).map(({ object }) => object);
  return { delta, read: select(true), unread: select(false) };
}

/** @returns `false` if a user has set the cursor since the run was planned, whose setting stays */
async function store(
  platform: RecordPlatform,
  run: Run,
  source: S3Source & { readonly id: string },
  planned: PlannedObjects,
): Promise<boolean> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const { version, ...former } = await currentObjects(platform, run, source);
    if (/* guard: read-objects.as-planned */ former.generation !== planned.delta.generation) {
      await logRunEvent(platform, run, null, 'info', `the cursor of ${source.id} was set during the run and is kept`);
      return false;
    }
    const next = addObjects(former, source, planned);
    if (next === undefined) return true;
    if (await putReadObjects(platform, run, source.id, version, next, planned.delta.plannedBy)) return true;
  }
  throw new Error(`other runs of ${run.jobId} store what they read from ${source.id} all the time`);
}

/** Returns what is stored; without its list if that is missing, so that objects are rather read twice than never. */
async function currentObjects(
  platform: RecordPlatform,
  run: Run,
  { id }: { readonly id: string },
): Promise<ReadObjects> {
  const found = await findReadObjects(platform, run, id);
  if (found.fingerprints === undefined) {
    platform.log.warn('read_objects.list_missing', { run: run.ulid, tenant: run.tenant, job: run.jobId, source: id });
  }
  return { ...found, fingerprints: found.fingerprints ?? new Set() };
}

/** @returns `undefined` if nothing changes */
function addObjects(
  former: Omit<ReadObjects, 'version'>,
  { prefix, afterwards }: S3Source,
  { delta, read, unread }: PlannedObjects,
): Omit<ReadObjects, 'version'> | undefined {
  const fingerprints = new Set(former.fingerprints);
  for (const fingerprint of delta.forgotten) fingerprints.delete(fingerprint);
  for (const object of read) fingerprints.add(fingerprintOf(object, isMoved(afterwards)));
  const template = parsePrefix(prefix);
  const texts = (objects: readonly ObjectInfo[]) =>
    objects.flatMap(({ key }) => textAtPlaceholder(template, key) ?? []);
  const isSamePrefix = former.prefix === prefix;
  const left = [...texts(unread), ...(delta.leftOver === null ? [] : [delta.leftOver])];
  const cursor = advanceObjectCursor(isSamePrefix ? former.cursor : null, texts(read), left);
  const startedBefore = isSamePrefix ? former.startedAt : null;
  const isLater = left.length === 0 && (startedBefore === null || startedBefore < delta.plannedAt);
  const startedAt = isLater ? delta.plannedAt : startedBefore;
  const isChanged =
    !isSamePrefix ||
    cursor !== former.cursor ||
    startedAt !== former.startedAt ||
    fingerprints.size !== former.fingerprints.size ||
    [...fingerprints].some((fingerprint) => !former.fingerprints.has(fingerprint));
  return isChanged ? { ...former, fingerprints, cursor, prefix, startedAt } : undefined;
}

/**
 * Moves or tags objects that were read. An object that changed, or that is no longer at its place, is left alone.
 *
 * @returns `false` if some are left for lack of time
 */
async function finishObjects(
  platform: RecordPlatform,
  files: FileActions,
  run: Run,
  { id, prefix, afterwards }: S3Source & { readonly id: string },
  objects: readonly ObjectInfo[],
  hasTime: () => boolean,
): Promise<boolean> {
  if (!afterwards) return true;
  const [folder, template] = [tenantFolder(run.tenant), parsePrefix(prefix)];
  const progressKey = finishedObjectsKey(run, id);
  let finished = Number((await platform.objects.getText(progressKey)) ?? 0);
  const refusals: string[] = [];
  await forEachConcurrent(CONCURRENCY, objects.slice(finished), async ({ key, etag }) => {
    // The objects that are not finished are the last ones.
    if (!hasTime()) return;
    finished += 1;
    const object = { key: folder + key, etag };
    const refusal =
      'move' in afterwards
        ? await files.move(object, folder + movedKey(template, afterwards.move, key))
        : await files.tag(object, afterwards.tag);
    if (refusal !== undefined) refusals.push(`${key}: ${refusal}`);
  });
  const [first] = refusals;
  if (first !== undefined) {
    const done = 'move' in afterwards ? 'moved' : 'tagged';
    await logRunEvent(platform, run, null, 'warn', `${id}: ${refusals.length} objects were not ${done}: ${first}`);
  }
  if (finished === objects.length) return true;
  // The next message would have no time either if it began with the first object.
  await platform.objects.put(progressKey, String(finished), 'text/plain');
  return false;
}
