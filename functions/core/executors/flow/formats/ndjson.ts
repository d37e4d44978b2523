import { createLineSplitter, findLineEnd, type Line, stripLineEnd } from './line-splitter.ts';
import { decodeUtf8, failedRecord, MAX_RECORD_BYTES, parseJsonRecord } from './parse-record.ts';
import { formatOffset, type ScannedRecord, type Scanner, type ScanRange } from './scanner.ts';

export interface NdjsonPart extends ScanRange {
  /** The range starts within a line that belongs to the range before it. */
  readonly midLine?: boolean;
}

/**
 * Scans newline-delimited JSON, one value per line. Blank lines are skipped.
 *
 * A range may start anywhere in the file: with `begin` one byte before the range and `midLine`, the scanner skips to
 * the first line of the range.
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
  if (size > MAX_RECORD_BYTES) return failedRecord(bytes, `${place}: a line must be at most 1 MB`);
  const line = stripLineEnd(bytes);
  const text = decodeUtf8(line);
  if (text === undefined) return failedRecord(line, `${place}: the line must be UTF-8`);
  return BLANK.test(text) ? undefined : parseJsonRecord(text, place);
}
