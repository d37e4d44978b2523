import { createRowEndFinder } from '../formats/csv.ts';
import type { Chunk } from '../formats/scanner.ts';

/** A part of an object: its bytes from `from` up to, and without, `to`. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** Parts of one size, none of them over `partBytes`. */
export function splitEvenly(size: number, partBytes: number): readonly ByteRange[] {
  const parts = Math.ceil(size / partBytes);
  const begin = (part: number) => Math.floor((part * size) / parts);
  return Array.from({ length: parts }, (_, part) => ({ from: begin(part), to: begin(part + 1) }));
}

/**
 * Parts of CSV that begin where a row does, each at most a row over `partBytes`. Whether a line end is within quotes can
 * only be told from the beginning, so all of it is read.
 */
export async function splitAtRows(
  chunks: AsyncIterable<Chunk>,
  size: number,
  partBytes: number,
  delimiter: string,
): Promise<readonly ByteRange[]> {
  const { find: findEnd } = createRowEndFinder(delimiter);
  const parts: ByteRange[] = [];
  let from = 0;
  for await (const { bytes, at } of chunks) {
    for (let end = findEnd(bytes, 0); end !== -1; end = findEnd(bytes, end)) {
      const to = at + end;
      if (to - from < partBytes || to === size) continue;
      parts.push({ from, to });
      from = to;
    }
  }
  return [...parts, { from, to: size }];
}
