import { type CsvCharacters, createRowEndFinder } from '../formats/csv.ts';
import type { Chunk } from '../formats/scanner.ts';

/** Bytes of an object from `from` (inclusive) to `to` (exclusive). */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** Splits an object into ranges of equal size, each at most `partBytes`. */
export function splitEvenly(size: number, partBytes: number): readonly ByteRange[] {
  const parts = Math.ceil(size / partBytes);
  const begin = (part: number) => Math.floor((part * size) / parts);
  return Array.from({ length: parts }, (_, part) => ({ from: begin(part), to: begin(part + 1) }));
}

/**
 * Splits a CSV object at row starts. A range exceeds `partBytes` by at most one row. Reads the whole object, because
 * only a scan from the beginning shows which line ends are quoted.
 */
export async function splitAtRows(
  chunks: AsyncIterable<Chunk>,
  size: number,
  partBytes: number,
  characters: CsvCharacters,
): Promise<readonly ByteRange[]> {
  const { find: findEnd } = createRowEndFinder(characters);
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
