import type { StagedBatch, StagingOrigin } from '../../../domain/flow/task.ts';
import { readDelta } from '../slice/page.ts';
import type { SliceContext } from '../slice/slice-context.ts';
import { commitStaged, createStagedBatch, loadStaged, type StagedContent } from './staged-batch.ts';

/**
 * Adopts a batch that a former run staged and did not process: stores its rest as this run's own. Messages that another
 * run has claimed since are left out. The adopted records count as read by this run.
 */
export async function adoptStaged(
  slice: SliceContext,
  former: StagedBatch,
  origin: StagingOrigin,
): Promise<StagedContent> {
  const { platform, plan } = slice;
  const { pageSize } = plan.flow;
  const { values, messages } = await loadStaged(platform.objects, former.key);
  const processed = [...messages.slice(0, former.through), ...messages.slice(former.records)];
  const unprocessed = values
    .slice(former.through)
    .map((value, i) => ({ value, message: messages[former.through + i], i }));
  for (let rest = unprocessed; ; ) {
    const own = rest.flatMap(({ message }) => message ?? []);
    const content: StagedContent = { values: rest.map(({ value }) => value), messages: [...own, ...processed] };
    const { next, last, pageAfter = 0, cursor } = former;
    const read = readDelta(
      slice,
      { records: content.values.map((value) => ({ value })), bytes: 0 },
      Math.ceil(rest.length / pageSize),
    );
    // Sinks may have received a part of the first page. A page with other records needs another key.
    const isFirstPageUnchanged = unprocessed.slice(0, pageSize).every(({ i }) => rest[i]?.i === i);
    const changes = {
      staged: createStagedBatch(slice, content, { next, last, pageAfter, ...(cursor !== undefined && { cursor }) }),
      // guard: staged-page.partial-key
      ...(!isFirstPageUnchanged && { page: origin.firstPage, part: null }),
    };
    const claims = own.map(({ id }) => ({ id, from: origin.key }));
    const claimedByOthers = new Set(await commitStaged(slice, changes, content, read, claims));
    if (claimedByOthers.size === 0) return content;
    rest = rest.filter(({ message }) => !message || !claimedByOthers.has(message.id));
  }
}
