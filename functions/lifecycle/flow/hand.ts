import type { Batch, QueueMessage, SourceReader } from '../../executors/flow/source.ts';
import { takeOver } from './inherited-hand.ts';
import { commitHand, handOf, type Kept, keptOf } from './kept-hand.ts';
import { type Fate, fatesOf } from './met-messages.ts';
import { commitPage, goodOf, keepErrors, readOf, refuseErrors, throughSinks } from './page.ts';
import { isOver, movedTo, type SliceWork } from './slice-work.ts';

/**
 * Keeps what a source gave and takes it in hand. Sinks only ever see what is kept: a source that is asked again may give
 * other records, which would meet the keys of these. Of messages that some run of the job had before, those are taken
 * that a run which has ended left behind.
 */
export async function takeInHand(work: SliceWork, reader: SourceReader, batch: Batch): Promise<void> {
  const { pageSize } = work.plan.flow;
  const from = new Map<string, string>();
  let { records, messages = [] } = batch;
  while (records.length > 0 || batch.records.length === 0) {
    const { values, places } = goodOf(records);
    const good = new Set(places);
    const kept: Kept = {
      values,
      messages: [...messages.filter((_, i) => good.has(i)), ...messages.filter((_, i) => !good.has(i))],
    };
    const hand = handOf(work, kept, { next: batch.next, last: batch.next === null });
    const read = readOf(work, { ...batch, records }, Math.ceil(values.length / pageSize));
    await keepErrors(work, [read]);
    const claims = kept.messages.map(({ id }) => ({ id, from: from.get(id) }));
    const met = await commitHand(work, { hand }, kept, read, claims);
    if (met.length === 0) return refuseErrors(work, [read]);
    const fates = await fatesOf(work, met);
    const those = (fate: Fate) => messages.filter(({ id }) => fates.get(id) === fate);
    await Promise.all([reader.acknowledge?.(those('through')), reader.defer?.(those('held'))]);
    const isFree = ({ id }: QueueMessage) => typeof fates.get(id) !== 'string';
    records = records.filter((_, i) => messages[i] && isFree(messages[i]));
    messages = messages.filter(isFree);
    for (const [id, fate] of fates) {
      if (typeof fate === 'object' && fate.from !== undefined) from.set(id, fate.from);
    }
  }
}

/** Takes what is in hand into the sinks, page by page; false when the slice ended before. */
export async function emptyHand(work: SliceWork, reader: SourceReader): Promise<boolean> {
  const { held, plan, platform } = work;
  const begun = held.task.hand;
  if (!begun) return true;
  const kept = await (begun.left ? takeOver(work, begun, begun.left) : keptOf(platform.objects, begun.key));
  const key = held.task.hand?.key;
  // The next split may begin with something in hand, too: that is another one.
  for (let { hand } = held.task; hand?.key === key; { hand } = held.task) {
    if (isOver(work)) return false;
    const values = kept.values.slice(hand.through, Math.min(hand.through + plan.flow.pageSize, hand.records));
    const through = hand.through + values.length;
    const done = await throughSinks(work, values, [...values.keys()]);
    const isLast = through >= hand.records;
    // What is in hand is let go by its source first: after the commit nobody would know of it.
    if (isLast && !done.part && kept.messages.length > 0) await reader.acknowledge?.(kept.messages);
    const moved = () =>
      isLast ? movedTo(work, hand.last ? null : hand.next) : { hand: { ...hand, through }, page: held.task.page + 1 };
    if (!(await commitPage(work, moved, undefined, done))) return false;
  }
  return true;
}
