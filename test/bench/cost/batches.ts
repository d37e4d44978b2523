/** An event source mapping of Lambda for a standard queue. */
export interface QueueSource {
  readonly batchSize: number;
  readonly maxConcurrency: number;
  /** Milliseconds of an invocation with a number of messages. */
  readonly invocationMs: (messages: number) => number;
}

/** An invocation: its number of messages and the time of its end in milliseconds. */
export interface Batch {
  readonly messages: number;
  readonly endedAt: number;
}

/** Batches that Lambda processes at first, and milliseconds after which it processes one more while messages are left. */
const INITIAL_POLLERS = 5;
const POLLER_INTERVAL_MS = 200;

/**
 * Computes the batches in which Lambda processes messages. A poller waits until a message is visible, receives what is
 * visible up to the batch size, and waits for the end of the invocation. Lambda starts with 5 pollers and adds up to 300
 * a minute while messages are left.
 *
 * @param arrivals times at which messages become visible, in milliseconds, ascending
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
export function formBatches(arrivals: readonly number[], source: QueueSource): readonly Batch[] {
  const freeAt = Array<number>(Math.min(INITIAL_POLLERS, source.maxConcurrency)).fill(0);
  const batches: Batch[] = [];
  let addedAt = Number.NEGATIVE_INFINITY;
  for (let next = 0; next < arrivals.length; ) {
    const arrival = arrivals[next] ?? 0;
    let earliest = Math.min(...freeAt);
    const isBehind = earliest > arrival;
    if (isBehind && freeAt.length < source.maxConcurrency) {
      addedAt = Math.max(addedAt + POLLER_INTERVAL_MS, arrival);
      if (addedAt < earliest) {
        freeAt.push(addedAt);
        earliest = addedAt;
      }
    }
    const startedAt = Math.max(earliest, arrival);
    let end = next;
    while (end < arrivals.length && end - next < source.batchSize && (arrivals[end] ?? 0) <= startedAt) end++;
    const endedAt = startedAt + source.invocationMs(end - next);
    freeAt[freeAt.indexOf(earliest)] = endedAt;
    batches.push({ messages: end - next, endedAt });
    next = end;
  }
  return batches;
}

/** Returns the mean number of messages in a batch. */
export function meanBatch(batches: readonly Batch[]): number {
  return batches.reduce((sum, { messages }) => sum + messages, 0) / batches.length;
}

/** Returns the times at which a number of messages arrive, evenly over a time. */
export const evenly = (messages: number, overMs: number): readonly number[] =>
  Array.from({ length: messages }, (_, i) => (i * overMs) / messages);
