import { parseExactJson } from '../../../domain/exact-json.ts';
import type { StagedBatch, Task } from '../../../domain/flow/task.ts';
import type { Json } from '../../../domain/json.ts';
import { FlowFailure } from '../../../executors/flow/flow-failure.ts';
import type { QueueMessage } from '../../../executors/flow/source-reader.ts';
import type { Objects } from '../../../platform/objects.ts';
import { stagedObjectKey } from '../../../store/keys.ts';
import { messageHolderWrite } from '../../../store/seen-messages.ts';
import { countsAfter, type PageResult } from '../slice/page.ts';
import { currentSplit, type SliceContext, takeWarnings } from '../slice/slice-context.ts';
import { currentQueue } from './seen-messages.ts';

/** What stands in the object of a hand. */
export interface StagedContent {
  readonly values: readonly Json[];
  /** Of a queue: those of the values, in their order; then others that are let go with them. */
  readonly messages: readonly QueueMessage[];
}

/** A hand of the task's, of which nothing is through. */
export function createStagedBatch(
  work: SliceContext,
  { values }: StagedContent,
  after: Pick<StagedBatch, 'next' | 'last' | 'pageAfter'>,
): StagedBatch {
  const { task } = work.leased;
  const key = stagedObjectKey(task.run, currentSplit(work).number, task.page, task.slice);
  return { key, records: values.length, through: 0, ...after };
}

/** Keeps a hand and commits it, unless somebody else has messages of it: their ids. */
export async function commitStaged(
  work: SliceContext,
  changes: Partial<Task> & { readonly hand: StagedBatch },
  content: StagedContent,
  read: PageResult,
  claims: readonly { readonly id: string; readonly from: string | undefined }[],
): Promise<readonly string[]> {
  const { leased: held, platform, signal } = work;
  const { run, index } = held.task;
  const { key } = changes.hand;
  await platform.objects.put(key, JSON.stringify(content), 'application/json', signal);
  const [queue, now] = [currentQueue(work), platform.now()];
  const writes = claims.map((claim, at) =>
    messageHolderWrite(platform.db, run, { queue, ...claim }, { run: run.ulid, task: index, hand: key, at }, now),
  );
  held.addWarnings(takeWarnings(work.log, work.plan.flow));
  const conflicting = await held.commitWith({ ...changes, ...countsAfter(work, [read]) }, writes);
  return conflicting.map((i) => claims[i]?.id ?? '');
}

export async function loadStaged(objects: Objects, key: string): Promise<StagedContent> {
  const text = await objects.getText(key);
  if (text === undefined) throw new FlowFailure('what was read is not kept any more', { permanent: true });
  return parseExactJson(text) as unknown as StagedContent;
}
