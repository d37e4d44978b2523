import type { Task } from '../../../domain/flow/task.ts';
import { getMessageHolders, type MessageHolder } from '../../../store/seen-messages.ts';
import { getTask } from '../../../store/tasks.ts';
import type { SliceContext } from '../slice/slice-context.ts';
import { currentSplit } from '../slice/task-position.ts';

/**
 * The state of a queue message that a run of the job may have received before:
 *
 * - `processed`: committed by a task
 * - `in-progress`: staged by a task that continues with it
 * - `abandonedBy`: free; the key of the staged batch in which an ended run left it, or `undefined` if no run received it
 */
export type Disposition = 'processed' | 'in-progress' | { readonly abandonedBy: string | undefined };

/** Returns the dispositions of messages of the current split, by message id. */
export async function findDispositions(
  slice: SliceContext,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Disposition>> {
  const { leased, platform, plan } = slice;
  const { run } = leased.task;
  // Batches that this run continues are adopted by one of its tasks.
  const inherited = new Set(plan.splits.map(({ from }) => from?.staged?.origin?.key));
  const tasks = new Map<string, Promise<Task | undefined>>();
  const taskOf = ({ run: ulid, task }: MessageHolder) => {
    const name = `${ulid} ${task}`;
    const found = tasks.get(name) ?? getTask(platform.db, { ...run, ulid }, task);
    tasks.set(name, found);
    return found;
  };
  const dispositionOf = async (holder: MessageHolder | undefined): Promise<Disposition> => {
    if (!holder) return { abandonedBy: undefined };
    const task = await taskOf(holder);
    if (/* guard: seen-message.keep-in-queue */ !task || !isStagedBy(task, holder)) return 'processed';
    const isAbandoned =
      /* guard: seen-message.task-active */ task.state !== 'active' &&
      /* guard: seen-message.own-run */ holder.run !== run.ulid &&
      // guard: seen-message.inherited
      !inherited.has(holder.stagedKey);
    return isAbandoned ? { abandonedBy: holder.stagedKey } : 'in-progress';
  };
  const holders = await getMessageHolders(platform.db, run, currentQueue(slice), ids);
  const dispositions = await Promise.all(holders.map(dispositionOf));
  return new Map(dispositions.map((disposition, i) => [ids[i] ?? '', disposition]));
}

const isStagedBy = ({ staged }: Task, { stagedKey: key, at }: MessageHolder): boolean =>
  staged !== null &&
  staged.key === key &&
  /* guard: seen-message.committed */ at >= staged.through &&
  at < staged.records;

/** Returns the queue of the current split. Its messages are recorded under it, whichever source of the job reads it. */
export function currentQueue(slice: SliceContext): string {
  const source = slice.plan.flow.sources[currentSplit(slice).source];
  return source?.type === 'sqs' ? source.queue : '';
}
