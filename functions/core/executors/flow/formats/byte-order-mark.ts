import type { Chunk } from './scanner.ts';

const BOM = Buffer.from('\ufeff');

/**
 * Removes a byte order mark from the start of a file.
 *
 * @param chunks the file from offset 0
 */
export async function* stripByteOrderMark(chunks: AsyncIterable<Chunk>): AsyncGenerator<Chunk, void, undefined> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (!head) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk.bytes]);
    if (head.length < BOM.length) continue;
    yield chunkAfterBom(head);
    head = undefined;
  }
  if (head) yield chunkAfterBom(head);
}

const chunkAfterBom = (head: Buffer): Chunk =>
  head.subarray(0, BOM.length).equals(BOM)
    ? { bytes: head.subarray(BOM.length), at: BOM.length }
    : { bytes: head, at: 0 };
