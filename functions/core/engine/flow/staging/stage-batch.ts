import type { QueueMessage, SourceBatch, SourceReader, SourceRecord } from '../../../executors/flow/source-reader.ts';
import {
  commitPage,
  countRead,
  failOnError,
  type Pause,
  processRecords,
  selectValid,
  storeErrors,
} from '../slice/page.ts';
import { isSliceOver, placeAfterPage, type SliceContext } from '../slice/slice-context.ts';
import { adoptStaged } from './adopt-staged.ts';
import { type Disposition, findDispositions } from './seen-messages.ts';
import { commitStaged, createStagedBatch, loadStaged, type StagedContent } from './staged-object.ts';

/**
 * Keeps what a source gave and takes it in hand. Sinks only ever see what is kept: a source that is asked again may give
 * other records, which would meet the keys of these. Of messages that some run of the job had before, those are taken
 * that a run which has ended left behind.
 */
export async function stageBatch(work: SliceContext, reader: SourceReader, batch: SourceBatch): Promise<void> {
  const { pageSize } = work.plan.flow;
  const given = batch.records.map((record, place) => ({ record, place, message: batch.messages?.[place] }));
  const { good, bad } = Object.groupBy(given, ({ record }) => ('value' in record ? 'good' : 'bad'));
  const from = new Map<string, string>();
  // What failed of messages that somebody had is kept already.
  let claimable = await claimUnseen(work, reader, [...(good ?? []), ...(bad ?? [])], messagesOf(bad ?? []), from);
  for (let isFirst = true; claimable.length > 0 || given.length === 0; isFirst = false) {
    const records = claimable.map(({ record }) => record);
    const { values } = selectValid(records);
    const places = claimable.map(({ place }) => place);
    const read = countRead(work, { ...batch, records }, Math.ceil(values.length / pageSize), places);
    if (isFirst) await storeErrors(work, [read]);
    const content: StagedContent = { values, messages: messagesOf(claimable) };
    const staged = createStagedBatch(work, content, { next: batch.next, last: batch.next === null });
    const claims = content.messages.map(({ id }) => ({ id, from: from.get(id) }));
    const seen = new Set(await commitStaged(work, { hand: staged }, content, read, claims));
    if (seen.size === 0) return failOnError(work, [read]);
    const seenMessages = content.messages.filter(({ id }) => seen.has(id));
    claimable = await claimUnseen(work, reader, claimable, seenMessages, from);
  }
}

/** A record that a source gave: where in its batch, and the message that it came in. */
interface ReceivedRecord {
  readonly record: SourceRecord;
  readonly place: number;
  readonly message: QueueMessage | undefined;
}

const messagesOf = (given: readonly ReceivedRecord[]): QueueMessage[] => given.flatMap(({ message }) => message ?? []);

/**
 * Lets go of those of the `met` messages that are through, puts off those that somebody has in hand, and notes `from`
 * which hand others are to be taken. What is left of all that was given.
 */
async function claimUnseen(
  work: SliceContext,
  reader: SourceReader,
  given: readonly ReceivedRecord[],
  seen: readonly QueueMessage[],
  from: Map<string, string>,
): Promise<readonly ReceivedRecord[]> {
  if (seen.length === 0) return given;
  const dispositions = await findDispositions(
    work,
    seen.map(({ id }) => id),
  );
  const those = (disposition: Disposition) => seen.filter(({ id }) => dispositions.get(id) === disposition);
  await Promise.all([reader.acknowledge?.(those('through')), reader.defer?.(those('held'))]);
  for (const [id, disposition] of dispositions) {
    if (typeof disposition === 'object' && disposition.from !== undefined) from.set(id, disposition.from);
  }
  return given.filter(({ message }) => typeof dispositions.get(message?.id ?? '') !== 'string');
}

/** Takes what is in hand into the sinks, page by page; a pause when the slice ends before all of it was. */
export async function drainStaged(work: SliceContext, reader: SourceReader): Promise<Pause | undefined> {
  const { leased: held, plan, platform } = work;
  const initial = held.task.hand;
  if (!initial) return undefined;
  const content = await (initial.left
    ? adoptStaged(work, initial, initial.left)
    : loadStaged(platform.objects, initial.key));
  const key = held.task.hand?.key;
  // The next split may begin with something in hand, too: that is another one.
  for (let { hand: staged } = held.task; staged?.key === key; { hand: staged } = held.task) {
    if (isSliceOver(work)) return { waitMs: 0 };
    const values = content.values.slice(staged.through, Math.min(staged.through + plan.flow.pageSize, staged.records));
    const through = staged.through + values.length;
    const done = await processRecords(work, values, [...values.keys()]);
    const isLast = through >= staged.records;
    const moved = () =>
      isLast
        ? placeAfterPage(work, staged.last ? null : staged.next)
        : { hand: { ...staged, through }, page: held.task.page + 1 };
    // Never before the commit: a message that is deleted exists nowhere else. One that is not deleted after it comes
    // again, and is known to be through.
    const committed = async () => {
      if (isLast && content.messages.length > 0) await reader.acknowledge?.(content.messages);
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
