import type { StagedBatch, StagingOrigin } from '../../../domain/flow/task.ts';
import { countRead } from '../slice/page.ts';
import type { SliceContext } from '../slice/slice-context.ts';
import { commitStaged, createStagedBatch, loadStaged, type StagedContent } from './staged-object.ts';

/**
 * Makes this run's own what the run before left in hand, but for messages that another has taken since. What is left of
 * it counts as read by this run.
 */
export async function adoptStaged(
  work: SliceContext,
  before: StagedBatch,
  left: StagingOrigin,
): Promise<StagedContent> {
  const { platform, plan } = work;
  const { pageSize } = plan.flow;
  const { values, messages } = await loadStaged(platform.objects, before.key);
  const acknowledgeable = [...messages.slice(0, before.through), ...messages.slice(before.records)];
  const all = values.slice(before.through).map((value, i) => ({ value, message: messages[before.through + i], i }));
  for (let rest = all; ; ) {
    const own = rest.flatMap(({ message }) => message ?? []);
    const content: StagedContent = { values: rest.map(({ value }) => value), messages: [...own, ...acknowledgeable] };
    const { next, last, pageAfter = 0 } = before;
    const read = countRead(
      work,
      { records: content.values.map((value) => ({ value })), bytes: 0 },
      Math.ceil(rest.length / pageSize),
    );
    // Sinks may have had the first page, as it was: of another one they have had nothing.
    const isAsItWas = all.slice(0, pageSize).every(({ i }) => rest[i]?.i === i);
    const changes = {
      hand: createStagedBatch(work, content, { next, last, pageAfter }),
      // guard: staged-page.partial-key
      ...(!isAsItWas && { page: left.pageAnew, part: null }),
    };
    const claims = own.map(({ id }) => ({ id, from: left.key }));
    const seen = new Set(await commitStaged(work, changes, content, read, claims));
    if (seen.size === 0) return content;
    rest = rest.filter(({ message }) => !message || !seen.has(message.id));
  }
}
