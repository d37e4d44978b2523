import { addAbortSignal } from 'node:stream';
import { ObjectChanged, type ObjectInfo, type Objects } from '../../../platform/objects.ts';
import type { Chunk } from '../formats/scanner.ts';

/**
 * Streams an object from an offset on. Reopens a connection that broke after it delivered bytes, because reading a
 * large object takes long enough for a connection to break.
 *
 * @throws ObjectChanged
 * @throws the store's error, or the signal's reason
 */
export async function* readObject(
  objects: Objects,
  object: ObjectInfo,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<Chunk, void, undefined> {
  let at = from;
  for (;;) {
    const startedAt = at;
    try {
      const stream = addAbortSignal(signal, await objects.read(object, at, signal));
      for await (const bytes of stream as AsyncIterable<Buffer>) {
        yield { bytes, at };
        at += bytes.length;
      }
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ObjectChanged || at === startedAt) throw error;
      if (at >= object.size) return;
    }
  }
}
