import type { Task } from '../../../domain/flow/task.ts';
import { getMessageHolders, type MessageHolder } from '../../../store/seen-messages.ts';
import { getTask } from '../../../store/tasks.ts';
import { currentSplit, type SliceContext } from '../slice/slice-context.ts';

/**
 * What a message is that some run of the job had before: through; in the hands of somebody who goes on with it; or left
 * behind by a run that has ended, and to be taken `from` its hand (undefined: nobody's any more).
 */
export type Disposition = 'through' | 'held' | { readonly from: string | undefined };

/** What became of messages of the split in hand, by their ids. */
export async function findDispositions(
  work: SliceContext,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Disposition>> {
  const { leased: held, platform, plan } = work;
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
  const dispositionOf = async (holder: MessageHolder | undefined): Promise<Disposition> => {
    if (!holder) return { from: undefined };
    const task = await taskOf(holder);
    if (/* guard: seen-message.keep-in-queue */ !task || !isStagedBy(task, holder)) return 'through';
    const isLeft =
      /* guard: seen-message.task-active */ task.state !== 'active' &&
      /* guard: seen-message.own-run */ holder.run !== run.ulid &&
      // guard: seen-message.inherited
      !inherited.has(holder.hand);
    return isLeft ? { from: holder.hand } : 'held';
  };
  const holders = await getMessageHolders(platform.db, run, currentQueue(work), ids);
  const dispositions = await Promise.all(holders.map(dispositionOf));
  return new Map(dispositions.map((disposition, i) => [ids[i] ?? '', disposition]));
}

const isStagedBy = ({ hand: staged }: Task, { hand: key, at }: MessageHolder): boolean =>
  staged !== null &&
  staged.key === key &&
  /* guard: seen-message.committed */ at >= staged.through &&
  at < staged.records;

/** What the messages of the split in hand are noted under: the queue, whichever source of the job reads it. */
export function currentQueue(work: SliceContext): string {
  const source = work.plan.flow.sources[currentSplit(work).source];
  return source?.type === 'sqs' ? source.queue : '';
}
