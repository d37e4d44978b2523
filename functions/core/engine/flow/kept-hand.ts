import { parseExactly } from '../../domain/exact-json.ts';
import type { Hand, Task } from '../../domain/flow/task.ts';
import type { Json } from '../../domain/json.ts';
import { FlowFailure } from '../../executors/flow/flow-failure.ts';
import type { QueueMessage } from '../../executors/flow/source.ts';
import type { Objects } from '../../platform/objects.ts';
import { handObjectKey } from '../../store/keys.ts';
import { holdWrite } from '../../store/seen-messages.ts';
import { queueInHand } from './met-messages.ts';
import { countsAfter, type Done } from './page.ts';
import { type SliceWork, splitInHand, takeWarnings } from './slice-work.ts';

/** What stands in the object of a hand. */
export interface Kept {
  readonly values: readonly Json[];
  /** Of a queue: those of the values, in their order; then others that are let go with them. */
  readonly messages: readonly QueueMessage[];
}

/** A hand of the task's, of which nothing is through. */
export function handOf(work: SliceWork, { values }: Kept, after: Pick<Hand, 'next' | 'last' | 'pageAfter'>): Hand {
  const { task } = work.held;
  const key = handObjectKey(task.run, splitInHand(work).number, task.page, task.slice);
  return { key, records: values.length, through: 0, ...after };
}

/** Keeps a hand and commits it, unless somebody else has messages of it: their ids. */
export async function commitHand(
  work: SliceWork,
  changes: Partial<Task> & { readonly hand: Hand },
  kept: Kept,
  read: Done,
  claims: readonly { readonly id: string; readonly from: string | undefined }[],
): Promise<readonly string[]> {
  const { held, platform, signal } = work;
  const { run, index } = held.task;
  const { key } = changes.hand;
  await platform.objects.put(key, JSON.stringify(kept), 'application/json', signal);
  const [queue, now] = [queueInHand(work), platform.now()];
  const writes = claims.map((claim, at) =>
    holdWrite(platform.db, run, { queue, ...claim }, { run: run.ulid, task: index, hand: key, at }, now),
  );
  held.warned(takeWarnings(work.log, work.plan.flow));
  const met = await held.commitWith({ ...changes, ...countsAfter(work, [read]) }, writes);
  return met.map((i) => claims[i]?.id ?? '');
}

export async function keptOf(objects: Objects, key: string): Promise<Kept> {
  const text = await objects.getText(key);
  if (text === undefined) throw new FlowFailure('what was read is not kept any more', { permanent: true });
  return parseExactly(text) as unknown as Kept;
}
