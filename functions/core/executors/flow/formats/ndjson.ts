import { type Cut, createCutter, endOfLine, withoutEnd } from './cutter.ts';
import { badRecord, jsonRecord, MAX_RECORD_BYTES, textOf } from './record.ts';
import { type Found, type Part, placeIn, type Scanner } from './scanner.ts';

export interface NdjsonPart extends Part {
  /** It begins within a line, which is another part's. */
  readonly midLine?: boolean;
}

/**
 * One JSON value a line; blank lines are none.
 *
 * A part may begin anywhere in the file: given the byte before it, as `begin` says and `midLine` tells, it finds the
 * first line of its own.
 */
export function createNdjsonScanner({ name, midLine = false, ...part }: NdjsonPart): Scanner {
  const cutter = createCutter(part, endOfLine);
  let isOwn = !midLine;

  const scan = (cuts: readonly Cut[]): readonly Found[] => {
    const found: Found[] = [];
    for (const line of cuts) {
      if (isOwn) {
        const record = recordOf(name, line);
        if (record) found.push({ record, end: line.end });
      }
      isOwn = true;
    }
    return found;
  };
  return {
    push: (chunk) => scan(cutter.push(chunk)),
    end: () => scan(cutter.end()),
    isDone: () => cutter.isDone(),
  };
}

const BLANK = /^[ \t\r]*$/;

function recordOf(name: string, { bytes, size, begin }: Cut): Found['record'] | undefined {
  const place = placeIn(name, begin);
  if (size > MAX_RECORD_BYTES) return badRecord(bytes, `${place}: a line may have 1 MB, this one has more`);
  const line = withoutEnd(bytes);
  const text = textOf(line);
  if (text === undefined) return badRecord(line, `${place}: the line must be UTF-8`);
  return BLANK.test(text) ? undefined : jsonRecord(text, place);
}
