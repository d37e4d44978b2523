import { operatorsOf } from '../../domain/flow/flow.ts';
import type { Hand } from '../../domain/flow/task.ts';
import type { Json } from '../../domain/json.ts';
import { FlowFailure } from '../../executors/flow/flow-failure.ts';
import type { Batch, QueueMessage, SourceReader } from '../../executors/flow/source.ts';
import type { Objects } from '../../platform/objects.ts';
import { handObjectKey } from '../../store/keys.ts';
import { seenWrites } from '../../store/seen-messages.ts';
import { commitPage, countsAfter, goodOf, keepErrors, readOf, refuseErrors, throughSinks } from './page.ts';
import { isOver, movedTo, type SliceWork, splitInHand } from './slice-work.ts';

/** What stands in the object of a hand. */
interface Kept {
  readonly values: readonly Json[];
  readonly messages: readonly QueueMessage[];
}

/**
 * Keeps what a source gave and takes it in hand. Sinks only ever see what is kept: a source that is asked again may give
 * other records, which would meet the keys of these.
 */
export async function takeInHand(work: SliceWork, reader: SourceReader, batch: Batch): Promise<void> {
  const { held, platform, plan } = work;
  let { records, messages = [] } = batch;
  while (records.length > 0 || batch.records.length === 0) {
    const { task } = held;
    const { values } = goodOf(records);
    const hand: Hand = {
      key: handObjectKey(task.run, splitInHand(work).number, task.page, task.slice),
      records: values.length,
      through: 0,
      next: batch.next,
      last: batch.next === null,
    };
    const kept: Kept = { values, messages };
    await platform.objects.put(hand.key, JSON.stringify(kept), 'application/json', work.signal);
    const read = readOf(work, { ...batch, records }, Math.ceil(values.length / plan.flow.pageSize));
    await keepErrors(work, [read]);
    const known = await takeOver(work, hand, read, messages);
    if (known.size === 0) return refuseErrors(work, [read]);
    // Messages that were taken before have come again: they are let go, and the others are taken.
    await reader.acknowledge?.(messages.filter((_, i) => known.has(i)));
    records = records.filter((_, i) => !known.has(i));
    messages = messages.filter((_, i) => !known.has(i));
  }
}

/** Commits a hand, unless some run of the job had messages of it before: their indices. */
async function takeOver(
  work: SliceWork,
  hand: Hand,
  read: ReturnType<typeof readOf>,
  messages: readonly QueueMessage[],
): Promise<ReadonlySet<number>> {
  const { held, platform, plan } = work;
  const { task } = held;
  const changes = { hand, ...countsAfter(work, [read]) };
  const queue = operatorsOf(plan.flow)[splitInHand(work).source]?.id ?? '';
  const ids = messages.map(({ id }) => id);
  return new Set(await held.commitWith(changes, seenWrites(platform.db, task.run, queue, ids, platform.now())));
}

/** Takes what is in hand into the sinks, page by page; false when the slice ended before. */
export async function emptyHand(work: SliceWork, reader: SourceReader): Promise<boolean> {
  const { held, plan } = work;
  if (!held.task.hand) return true;
  const { key } = held.task.hand;
  const kept = await keptOf(work.platform.objects, key);
  const isCarried = plan.splits[splitInHand(work).number]?.from?.hand?.key === key;
  // The next split may begin with something in hand, too: that is another one.
  for (let { hand } = held.task; hand?.key === key; { hand } = held.task) {
    if (isOver(work)) return false;
    const values = kept.values.slice(hand.through, Math.min(hand.through + plan.flow.pageSize, hand.records));
    const through = hand.through + values.length;
    const done = await throughSinks(work, values, [...values.keys()]);
    // What the run before had read, and did not take further, counts as read by this one.
    const again = { records: values.map((value) => ({ value })), bytes: 0 };
    const read = isCarried ? readOf(work, again, values.length > 0 ? 1 : 0) : undefined;
    const isLast = through >= hand.records;
    // What is in hand is let go by its source first: after the commit nobody would know of it.
    if (isLast && !done.part && kept.messages.length > 0) await reader.acknowledge?.(kept.messages);
    const moved = () =>
      isLast ? movedTo(work, hand.last ? null : hand.next) : { hand: { ...hand, through }, page: held.task.page + 1 };
    if (!(await commitPage(work, moved, read, done))) return false;
  }
  return true;
}

async function keptOf(objects: Objects, key: string): Promise<Kept> {
  const text = await objects.getText(key);
  if (text === undefined) throw new FlowFailure('what was read is not kept any more', { permanent: true });
  return JSON.parse(text) as Kept;
}
