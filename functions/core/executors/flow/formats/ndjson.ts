import { createLineSplitter, findLineEnd, type Line, stripLineEnd } from './line-splitter.ts';
import { decodeUtf8, failedRecord, MAX_RECORD_BYTES, parseJsonRecord } from './parse-record.ts';
import { formatOffset, type ScannedRecord, type Scanner, type ScanRange } from './scanner.ts';

export interface NdjsonPart extends ScanRange {
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
  const cutter = createLineSplitter(part, findLineEnd);
  let isOwn = !midLine;

  const scan = (cuts: readonly Line[]): readonly ScannedRecord[] => {
    const found: ScannedRecord[] = [];
    for (const line of cuts) {
      if (isOwn) {
        const record = toRecord(name, line);
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

function toRecord(name: string, { bytes, size, begin }: Line): ScannedRecord['record'] | undefined {
  const place = formatOffset(name, begin);
  if (size > MAX_RECORD_BYTES) return failedRecord(bytes, `${place}: a line may have 1 MB, this one has more`);
  const line = stripLineEnd(bytes);
  const text = decodeUtf8(line);
  if (text === undefined) return failedRecord(line, `${place}: the line must be UTF-8`);
  return BLANK.test(text) ? undefined : parseJsonRecord(text, place);
}
