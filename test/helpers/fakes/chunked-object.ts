import { Readable } from 'node:stream';
import type { Objects } from '../../../functions/core/platform/objects.ts';

/** Creates a bucket with one object, whose content is streamed in chunks of the sizes returned by `chunkSize`. */
export function chunkedObject(key: string, content: Buffer, chunkSize: () => number): Objects {
  const refuse = async (): Promise<never> => {
    throw new Error('the bucket can only be read');
  };
  return {
    getText: refuse,
    put: refuse,
    remove: refuse,
    removeAll: refuse,
    async *list(prefix) {
      yield key.startsWith(prefix) ? [{ key, size: content.length, etag: '"1"', modified: 0 }] : [];
    },
    read: async (_object, from, _signal, to) => Readable.from(chunksOf(content.subarray(from, to), chunkSize)),
  };
}

function* chunksOf(content: Buffer, chunkSize: () => number): Generator<Buffer> {
  for (let at = 0; at < content.length; ) {
    const end = at + chunkSize();
    yield content.subarray(at, end);
    at = end;
  }
}
