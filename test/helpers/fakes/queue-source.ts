import type { QueueMessage, SourceReader, SourceRecord } from '../../../functions/core/executors/flow/source-reader.ts';

/** A queue as a source. Any task can receive a message, and an unacknowledged message is redelivered. */
export interface QueueSource extends SourceReader {
  /** Returns the numbers of the unacknowledged messages. */
  readonly remaining: () => readonly number[];
  /** Numbers of the messages that were deferred because another task holds them, in order. */
  readonly deferred: readonly number[];
}

/** Visibility timeout in milliseconds. */
const VISIBILITY_TIMEOUT_MS = 120_000;
const DEFERRAL_MS = 900_000;

/**
 * A queue with messages 0, 1, 2…
 *
 * @param now the clock of the visibility timeouts
 * @param bad selects the messages that are not valid JSON
 */
export function queueSource(
  count: number,
  now: () => number,
  { pageSize = 10, bad = () => false }: { pageSize?: number; bad?: (n: number) => boolean } = {},
): QueueSource {
  const hiddenUntil = new Map(Array.from({ length: count }, (_, n) => [n, 0]));
  const deferred: number[] = [];
  const numberOf = ({ id }: QueueMessage) => Number(id.slice('message '.length));
  const recordOf = (n: number): SourceRecord =>
    bad(n) ? { failed: { input: `bad ${n}`, message: 'no JSON' } } : { value: n };
  return {
    staged: true,
    unbounded: true,
    deferred,
    remaining: () => [...hiddenUntil.keys()],
    plan: async () => Array.from({ length: 8 }, () => null),
    async *read() {
      for (;;) {
        const given = [...hiddenUntil.keys()].filter((n) => (hiddenUntil.get(n) ?? 0) <= now()).slice(0, pageSize);
        for (const n of given) hiddenUntil.set(n, now() + VISIBILITY_TIMEOUT_MS);
        if (given.length === 0) yield { waitMs: 0 };
        else {
          const messages = given.map((n) => ({ id: `message ${n}`, receipt: `${now()}` }));
          yield { records: given.map(recordOf), messages, bytes: given.length, next: 0 };
        }
      }
    },
    async acknowledge(messages) {
      for (const message of messages) hiddenUntil.delete(numberOf(message));
    },
    async defer(messages) {
      for (const n of messages.map(numberOf)) {
        deferred.push(n);
        hiddenUntil.set(n, now() + DEFERRAL_MS);
      }
    },
  };
}
