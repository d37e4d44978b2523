import type { Task } from '../../domain/flow/task.ts';
import { holdersOf, type MessageHolder } from '../../store/seen-messages.ts';
import { getTask } from '../../store/tasks.ts';
import { type SliceWork, splitInHand } from './slice-work.ts';

/**
 * What a message is that some run of the job had before: through; in the hands of somebody who goes on with it; or left
 * behind by a run that has ended, and to be taken `from` its hand (undefined: nobody's any more).
 */
export type Fate = 'through' | 'held' | { readonly from: string | undefined };

/** What became of messages of the split in hand, by their ids. */
export async function fatesOf(work: SliceWork, ids: readonly string[]): Promise<ReadonlyMap<string, Fate>> {
  const { held, platform, plan } = work;
  const { run } = held.task;
  // What the run before left is this one's to take, whoever of its tasks does.
  const inherited = new Set(plan.splits.map(({ from }) => from?.hand?.left?.key));
  const tasks = new Map<string, Promise<Task | undefined>>();
  const taskOf = ({ run: ulid, task }: MessageHolder) => {
    const name = `${ulid} ${task}`;
    const found = tasks.get(name) ?? getTask(platform.db, { ...run, ulid }, task);
    tasks.set(name, found);
    return found;
  };
  const fateOf = async (holder: MessageHolder | undefined): Promise<Fate> => {
    if (!holder) return { from: undefined };
    const task = await taskOf(holder);
    if (/* guard: seen-message.keep-in-queue */ !task || !hasInHand(task, holder)) return 'through';
    const isLeft =
      /* guard: seen-message.task-active */ task.state !== 'active' &&
      /* guard: seen-message.own-run */ holder.run !== run.ulid &&
      // guard: seen-message.inherited
      !inherited.has(holder.hand);
    return isLeft ? { from: holder.hand } : 'held';
  };
  const holders = await holdersOf(platform.db, run, queueInHand(work), ids);
  const fates = await Promise.all(holders.map(fateOf));
  return new Map(fates.map((fate, i) => [ids[i] ?? '', fate]));
}

const hasInHand = ({ hand }: Task, { hand: key, at }: MessageHolder): boolean =>
  hand !== null && hand.key === key && /* guard: seen-message.committed */ at >= hand.through && at < hand.records;

/** What the messages of the split in hand are noted under: the queue, whichever source of the job reads it. */
export function queueInHand(work: SliceWork): string {
  const source = work.plan.flow.sources[splitInHand(work).source];
  return source?.type === 'sqs' ? source.queue : '';
}
