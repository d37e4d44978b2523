import { parseExactJson } from '../../../domain/exact-json.ts';
import type { StagedBatch, Task } from '../../../domain/flow/task.ts';
import type { Json } from '../../../domain/json.ts';
import { FlowFailure } from '../../../executors/flow/flow-failure.ts';
import type { QueueMessage } from '../../../executors/flow/source-reader.ts';
import type { Objects } from '../../../platform/objects.ts';
import { stagedObjectKey } from '../../../store/keys.ts';
import { messageHolderWrite } from '../../../store/seen-messages.ts';
import { countsAfter } from '../slice/commit-page.ts';
import { takeWarnings } from '../slice/operator-counts.ts';
import type { TaskDelta } from '../slice/page.ts';
import type { SliceContext } from '../slice/slice-context.ts';
import { currentSplit } from '../slice/task-position.ts';
import { currentQueue } from './seen-messages.ts';

/** The object of a staged batch. */
export interface StagedContent {
  readonly values: readonly Json[];
  /** Messages of a queue: those of the values in their order, then others to delete with them. */
  readonly messages: readonly QueueMessage[];
}

/** A message that a task claims by staging it. `from`: the key of the staged batch of an ended run that contains it. */
export interface MessageClaim {
  readonly id: string;
  readonly from: string | undefined;
}

/** Creates the description of an unprocessed staged batch. */
export function createStagedBatch(
  slice: SliceContext,
  { values }: StagedContent,
  after: Pick<StagedBatch, 'next' | 'last' | 'pageAfter' | 'cursor'>,
): StagedBatch {
  const { task } = slice.leased;
  const key = stagedObjectKey(task.run, currentSplit(slice).number, task.page, task.slice);
  return { key, records: values.length, through: 0, ...after };
}

/**
 * Stores a staged batch and commits it to the task, together with the claims of its messages.
 *
 * @returns the ids of messages that another task holds; nothing was committed unless it is empty
 * @throws LeaseLostError
 */
export async function commitStaged(
  slice: SliceContext,
  changes: Partial<Task> & { readonly staged: StagedBatch },
  content: StagedContent,
  read: TaskDelta,
  claims: readonly MessageClaim[],
): Promise<readonly string[]> {
  const { leased, platform, signal } = slice;
  const { run, index } = leased.task;
  const { key } = changes.staged;
  await platform.objects.put(key, JSON.stringify(content), 'application/json', signal);
  const [queue, now] = [currentQueue(slice), platform.now()];
  const writes = claims.map((claim, at) =>
    messageHolderWrite(platform.db, run, { queue, ...claim }, { run: run.ulid, task: index, stagedKey: key, at }, now),
  );
  // A refused transaction must not lose the warnings, which are taken from the log once.
  leased.addWarnings(takeWarnings(slice.log, slice.plan.flow));
  const refused = await leased.commitWith({ ...changes, ...countsAfter(slice, [read]) }, writes);
  return refused.map((i) => claims[i]?.id ?? '');
}

/** @throws FlowFailure if the object was removed */
export async function loadStaged(objects: Objects, key: string): Promise<StagedContent> {
  const text = await objects.getText(key);
  if (text === undefined) throw new FlowFailure('the staged records were removed', { permanent: true });
  return parseExactJson(text) as unknown as StagedContent;
}
