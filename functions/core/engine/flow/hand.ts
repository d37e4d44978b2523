import type { Batch, QueueMessage, SourceReader, SourceRecord } from '../../executors/flow/source.ts';
import { takeOver } from './inherited-hand.ts';
import { commitHand, handOf, type Kept, keptOf } from './kept-hand.ts';
import { type Fate, fatesOf } from './met-messages.ts';
import { commitPage, goodOf, keepErrors, type Pause, readOf, refuseErrors, throughSinks } from './page.ts';
import { isOver, movedTo, type SliceWork } from './slice-work.ts';

/**
 * Keeps what a source gave and takes it in hand. Sinks only ever see what is kept: a source that is asked again may give
 * other records, which would meet the keys of these. Of messages that some run of the job had before, those are taken
 * that a run which has ended left behind.
 */
export async function takeInHand(work: SliceWork, reader: SourceReader, batch: Batch): Promise<void> {
  const { pageSize } = work.plan.flow;
  const given = batch.records.map((record, place) => ({ record, place, message: batch.messages?.[place] }));
  const { good, bad } = Object.groupBy(given, ({ record }) => ('value' in record ? 'good' : 'bad'));
  const from = new Map<string, string>();
  // What failed of messages that somebody had is kept already.
  let taken = await free(work, reader, [...(good ?? []), ...(bad ?? [])], messagesOf(bad ?? []), from);
  for (let isFirst = true; taken.length > 0 || given.length === 0; isFirst = false) {
    const records = taken.map(({ record }) => record);
    const { values } = goodOf(records);
    const places = taken.map(({ place }) => place);
    const read = readOf(work, { ...batch, records }, Math.ceil(values.length / pageSize), places);
    if (isFirst) await keepErrors(work, [read]);
    const kept: Kept = { values, messages: messagesOf(taken) };
    const hand = handOf(work, kept, { next: batch.next, last: batch.next === null });
    const claims = kept.messages.map(({ id }) => ({ id, from: from.get(id) }));
    const met = new Set(await commitHand(work, { hand }, kept, read, claims));
    if (met.size === 0) return refuseErrors(work, [read]);
    const metMessages = kept.messages.filter(({ id }) => met.has(id));
    taken = await free(work, reader, taken, metMessages, from);
  }
}

/** A record that a source gave: where in its batch, and the message that it came in. */
interface Given {
  readonly record: SourceRecord;
  readonly place: number;
  readonly message: QueueMessage | undefined;
}

const messagesOf = (given: readonly Given[]): QueueMessage[] => given.flatMap(({ message }) => message ?? []);

/**
 * Lets go of those of the `met` messages that are through, puts off those that somebody has in hand, and notes `from`
 * which hand others are to be taken. What is left of all that was given.
 */
async function free(
  work: SliceWork,
  reader: SourceReader,
  given: readonly Given[],
  met: readonly QueueMessage[],
  from: Map<string, string>,
): Promise<readonly Given[]> {
  if (met.length === 0) return given;
  const fates = await fatesOf(
    work,
    met.map(({ id }) => id),
  );
  const those = (fate: Fate) => met.filter(({ id }) => fates.get(id) === fate);
  await Promise.all([reader.acknowledge?.(those('through')), reader.defer?.(those('held'))]);
  for (const [id, fate] of fates) {
    if (typeof fate === 'object' && fate.from !== undefined) from.set(id, fate.from);
  }
  return given.filter(({ message }) => typeof fates.get(message?.id ?? '') !== 'string');
}

/** Takes what is in hand into the sinks, page by page; a pause when the slice ends before all of it was. */
export async function emptyHand(work: SliceWork, reader: SourceReader): Promise<Pause | undefined> {
  const { held, plan, platform } = work;
  const begun = held.task.hand;
  if (!begun) return undefined;
  const kept = await (begun.left ? takeOver(work, begun, begun.left) : keptOf(platform.objects, begun.key));
  const key = held.task.hand?.key;
  // The next split may begin with something in hand, too: that is another one.
  for (let { hand } = held.task; hand?.key === key; { hand } = held.task) {
    if (isOver(work)) return { waitMs: 0 };
    const values = kept.values.slice(hand.through, Math.min(hand.through + plan.flow.pageSize, hand.records));
    const through = hand.through + values.length;
    const done = await throughSinks(work, values, [...values.keys()]);
    const isLast = through >= hand.records;
    const moved = () =>
      isLast ? movedTo(work, hand.last ? null : hand.next) : { hand: { ...hand, through }, page: held.task.page + 1 };
    // Never before the commit: a message that is deleted exists nowhere else. One that is not deleted after it comes
    // again, and is known to be through.
    const committed = async () => {
      if (isLast && kept.messages.length > 0) await reader.acknowledge?.(kept.messages);
    };
    const pause = await commitPage(
      work,
      moved,
      undefined,
      done,
      // guard: message.acknowledge-after-commit
      committed,
    );
    if (pause) return pause;
  }
  return undefined;
}
