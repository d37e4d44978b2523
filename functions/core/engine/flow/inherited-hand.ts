import type { Hand, LeftHand } from '../../domain/flow/task.ts';
import { commitHand, handOf, type Kept, keptOf } from './kept-hand.ts';
import { readOf } from './page.ts';
import type { SliceWork } from './slice-work.ts';

/**
 * Makes this run's own what the run before left in hand, but for messages that another has taken since. What is left of
 * it counts as read by this run.
 */
export async function takeOver(work: SliceWork, before: Hand, left: LeftHand): Promise<Kept> {
  const { platform, plan } = work;
  const { pageSize } = plan.flow;
  const { values, messages } = await keptOf(platform.objects, before.key);
  const letGo = [...messages.slice(0, before.through), ...messages.slice(before.records)];
  const all = values.slice(before.through).map((value, i) => ({ value, message: messages[before.through + i], i }));
  for (let rest = all; ; ) {
    const own = rest.flatMap(({ message }) => message ?? []);
    const kept: Kept = { values: rest.map(({ value }) => value), messages: [...own, ...letGo] };
    const { next, last, pageAfter = 0 } = before;
    const read = readOf(
      work,
      { records: kept.values.map((value) => ({ value })), bytes: 0 },
      Math.ceil(rest.length / pageSize),
    );
    // Sinks may have had the first page, as it was: of another one they have had nothing.
    const isAsItWas = all.slice(0, pageSize).every(({ i }) => rest[i]?.i === i);
    const changes = {
      hand: handOf(work, kept, { next, last, pageAfter }),
      // guard: staged-page.partial-key
      ...(!isAsItWas && { page: left.pageAnew, part: null }),
    };
    const claims = own.map(({ id }) => ({ id, from: left.key }));
    const met = new Set(await commitHand(work, changes, kept, read, claims));
    if (met.size === 0) return kept;
    rest = rest.filter(({ message }) => !message || !met.has(message.id));
  }
}
