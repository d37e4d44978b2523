import type { SourceReader } from '../../../executors/flow/source-reader.ts';
import type { Page } from '../slice/page.ts';
import { isSliceOver, type SliceContext, type SlicePause } from '../slice/slice-context.ts';
import { positionAfterPage } from '../slice/task-position.ts';
import { adoptStaged } from './adopt-staged.ts';
import { loadStaged } from './staged-batch.ts';

/**
 * Yields the unprocessed pages of the task's staged batch, if it has one. A batch that a former run staged is adopted
 * first.
 *
 * @returns a pause if the slice ends before the batch is processed
 */
export async function* readStaged(
  slice: SliceContext,
  reader: SourceReader,
): AsyncGenerator<Page, SlicePause | undefined, void> {
  const { leased, plan, platform } = slice;
  const found = leased.task.staged;
  if (!found) return undefined;
  const { values, messages } = await (found.origin
    ? adoptStaged(slice, found, found.origin)
    : loadStaged(platform.objects, found.key));
  const key = leased.task.staged?.key;
  for (;;) {
    const staged = leased.task.staged;
    // The next split may have a staged batch of its own.
    if (!staged || staged.key !== key) return undefined;
    if (isSliceOver(slice)) return { waitMs: 0 };
    const page = values.slice(staged.through, Math.min(staged.through + plan.flow.pageSize, staged.records));
    const through = staged.through + page.length;
    const isLast = through >= staged.records;
    yield {
      values: page,
      indexes: [...page.keys()],
      countedRecords: staged.records - staged.through,
      ...(isLast && staged.cursor !== undefined && { cursor: staged.cursor }),
      positionAfter: () =>
        isLast
          ? positionAfterPage(slice, staged.last ? null : staged.next)
          : { staged: { ...staged, through }, page: leased.task.page + 1 },
      // A deleted message exists nowhere else, so it is deleted after the commit. If the deletion fails, the message
      // is delivered again and recognized as processed.
      onCommitted: async () => {
        if (isLast && messages.length > 0) await reader.acknowledge?.(messages);
      },
    };
  }
}
