import type { QueueMessage, SourceBatch, SourceReader, SourceRecord } from '../../../executors/flow/source-reader.ts';
import { failOnError, storeErrors } from '../slice/commit-page.ts';
import { readDelta, selectValid } from '../slice/page.ts';
import type { SliceContext } from '../slice/slice-context.ts';
import { type Disposition, findDispositions } from './seen-messages.ts';
import { commitStaged, createStagedBatch, type StagedContent } from './staged-batch.ts';

/** A record of a batch: its index there, and the queue message that contained it. */
interface ReceivedRecord {
  readonly record: SourceRecord;
  readonly index: number;
  readonly message: QueueMessage | undefined;
}

/**
 * Stores a batch in S3 and commits it as the task's staged batch. Sinks receive staged records only: a source that is
 * read again may return other records, which would be written under the keys of the first ones.
 *
 * Messages of a queue that a run of the job received before are left out, except those that an ended run left
 * unprocessed.
 *
 * @throws FlowFailure if a record failed and the flow stops at errors
 */
export async function stageBatch(slice: SliceContext, reader: SourceReader, batch: SourceBatch): Promise<void> {
  const { pageSize } = slice.plan.flow;
  const received = batch.records.map((record, index) => ({ record, index, message: batch.messages?.[index] }));
  const { valid = [], failed = [] } = Object.groupBy(received, ({ record }) =>
    'value' in record ? 'valid' : 'failed',
  );
  /** Key of the staged batch of an ended run that contains the message, by message id. */
  const abandonedBy = new Map<string, string>();
  // The failed records of messages received before are stored already.
  let records = await dropDuplicates(slice, reader, [...valid, ...failed], messagesOf(failed), abandonedBy);
  for (let isFirst = true; records.length > 0 || received.length === 0; isFirst = false) {
    const sourceRecords = records.map(({ record }) => record);
    const { values } = selectValid(sourceRecords);
    const read = readDelta(
      slice,
      { ...batch, records: sourceRecords },
      Math.ceil(values.length / pageSize),
      records.map(({ index }) => index),
    );
    if (isFirst) await storeErrors(slice, [read]);
    const content: StagedContent = { values, messages: messagesOf(records) };
    const staged = createStagedBatch(slice, content, {
      next: batch.next,
      last: batch.next === null,
      ...(batch.cursor !== undefined && { cursor: batch.cursor }),
    });
    const claims = content.messages.map(({ id }) => ({ id, from: abandonedBy.get(id) }));
    const seen = new Set(await commitStaged(slice, { staged }, content, read, claims));
    if (seen.size === 0) return failOnError(slice, [read]);
    const seenMessages = content.messages.filter(({ id }) => seen.has(id));
    records = await dropDuplicates(slice, reader, records, seenMessages, abandonedBy);
  }
}

const messagesOf = (records: readonly ReceivedRecord[]): QueueMessage[] =>
  records.flatMap(({ message }) => message ?? []);

/**
 * Deletes seen messages that were processed and defers those that another task is processing. Adds messages that an
 * ended run left unprocessed to `abandonedBy`.
 *
 * @returns the records that this task may stage
 */
async function dropDuplicates(
  slice: SliceContext,
  reader: SourceReader,
  records: readonly ReceivedRecord[],
  seen: readonly QueueMessage[],
  abandonedBy: Map<string, string>,
): Promise<readonly ReceivedRecord[]> {
  if (seen.length === 0) return records;
  const dispositions = await findDispositions(
    slice,
    seen.map(({ id }) => id),
  );
  const withDisposition = (disposition: Disposition) => seen.filter(({ id }) => dispositions.get(id) === disposition);
  await Promise.all([
    reader.acknowledge?.(withDisposition('processed')),
    reader.defer?.(withDisposition('in-progress')),
  ]);
  for (const [id, disposition] of dispositions) {
    if (typeof disposition === 'object' && disposition.abandonedBy !== undefined) {
      abandonedBy.set(id, disposition.abandonedBy);
    }
  }
  return records.filter(({ message }) => typeof dispositions.get(message?.id ?? '') !== 'string');
}
