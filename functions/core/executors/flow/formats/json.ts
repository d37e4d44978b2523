import { FlowFailure } from '../flow-failure.ts';
import type { SourceRecord } from '../source-reader.ts';
import { createListFinder, noListFailure } from './list-finder.ts';
import { decodeUtf8, failedRecord, MAX_RECORD_BYTES, parseJsonRecord } from './parse-record.ts';
import { createRecordBuffer, type RawRecord } from './record-buffer.ts';
import { type Chunk, formatOffset, type ScannedRecord, type Scanner, type ScanRange } from './scanner.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const isSpace = (byte: number | undefined) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

export interface JsonPart extends Pick<ScanRange, 'name' | 'begin'> {
  /**
   * Path of the list of records.
   *
   * @default the file is the list, or holds objects one after another
   */
  readonly path?: string | undefined;
}

/**
 * Scans the elements of one JSON array, or objects one after another, up to the end of the file. The array is the whole
 * file, or lies at a path; what follows an array at a path is not read. A range that does not start at offset 0 starts
 * after a record of an array, or at the closing brace of one of several objects.
 */
export function createJsonScanner({ name, begin, path }: JsonPart): Scanner {
  const pieces = createRecordBuffer();
  const finder = path === undefined || begin > 0 ? undefined : createListFinder(name, path);
  let place: 'before' | 'behind' | 'element' | 'object' | 'closed' | 'done' = begin === 0 ? 'before' : 'behind';
  let isFirst = true;
  /** The file holds objects one after another. */
  let isConcatenated = false;
  // State of the current element: start offset, whether it has any bytes, nesting depth, string and escape flags.
  let elementBegin = begin;
  let isBlank = true;
  let depth = 0;
  let inString = false;
  let isEscaped = false;

  const beginElement = (offset: number): void => {
    place = 'element';
    elementBegin = offset;
    isBlank = true;
  };
  /** Emits the element that ends at a comma or at the end of the array. */
  const take = (last: Buffer, end: number, atEnd: boolean): readonly ScannedRecord[] => {
    const isEmptyArray = isBlank && isFirst && atEnd;
    const raw = pieces.take(last);
    isFirst = false;
    return isEmptyArray ? [] : [{ record: toRecord(formatOffset(name, elementBegin), raw, isBlank), end }];
  };

  /**
   * Advances within an element of the array, or within one of several objects from its opening brace on.
   *
   * @returns the index of the byte that ends the element, or the index after the object's closing brace; -1 if it does not
   * end in the chunk
   */
  const passRecord = (bytes: Buffer, from: number): number => {
    const { length } = bytes;
    for (let i = from; i < length; i++) {
      const byte = bytes[i];
      if (inString) {
        if (isEscaped) isEscaped = false;
        else if (byte === BACKSLASH) isEscaped = true;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) inString = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++;
      else if (depth > 0) {
        if (byte !== CLOSE_OBJECT && byte !== CLOSE_LIST) continue;
        depth--;
        if (depth === 0 && place === 'object') return i + 1;
      } else if (byte === COMMA || byte === CLOSE_LIST) return i;
    }
    return -1;
  };

  const push = ({ bytes, at }: Chunk): readonly ScannedRecord[] => {
    const found: ScannedRecord[] = [];
    let i = 0;
    if (place === 'before' && finder) {
      i = finder.find(bytes);
      if (i === -1) return [];
      beginElement(at + i);
    }
    while (i < bytes.length) {
      if (place === 'element') {
        if (isBlank) {
          while (isSpace(bytes[i])) i++;
          if (i === bytes.length) break;
          elementBegin = at + i;
          isBlank = bytes[i] === COMMA || bytes[i] === CLOSE_LIST;
        }
        const end = passRecord(bytes, i);
        if (end === -1) {
          pieces.add(bytes.subarray(i));
          break;
        }
        found.push(...take(bytes.subarray(i, end), at + end, bytes[end] === CLOSE_LIST));
        place = 'behind';
        i = end;
        continue;
      }
      if (place === 'object') {
        const end = passRecord(bytes, i);
        if (end === -1) {
          pieces.add(bytes.subarray(i));
          break;
        }
        const record = toRecord(formatOffset(name, elementBegin), pieces.take(bytes.subarray(i, end)), false);
        // At the brace, which tells a scanner that continues here that no array is open.
        found.push({ record, end: at + end - 1 });
        place = 'behind';
        i = end;
        continue;
      }
      const byte = bytes[i++];
      if (isSpace(byte)) continue;
      if ((place === 'before' || place === 'behind') && byte === OPEN_OBJECT && path === undefined) {
        place = 'object';
        elementBegin = at + --i;
        isConcatenated = true;
      } else if (place === 'before') {
        if (byte !== OPEN_LIST) throw notRecordsFailure(name);
        beginElement(at + i);
      } else if (place === 'behind' && !isConcatenated) {
        if (byte === CLOSE_OBJECT && at + i - 1 === begin) {
          isConcatenated = true;
          continue;
        }
        if (byte === COMMA) beginElement(at + i);
        else place = path === undefined ? 'closed' : 'done';
        isFirst = false;
        if (place === 'done') break;
      } else {
        const message = isConcatenated
          ? `${formatOffset(name, at + i - 1)}: an object must begin here`
          : `${formatOffset(name, at + i - 1)}: nothing may follow the array`;
        found.push({ record: failedRecord(bytes.subarray(i - 1), message), end: at + bytes.length });
        place = 'done';
        break;
      }
    }
    return found;
  };
  return {
    push,
    end() {
      if (place === 'before') throw finder ? noListFailure(name, path ?? '') : notRecordsFailure(name);
      if (place === 'closed' || place === 'done' || (place === 'behind' && isConcatenated)) return [];
      const { bytes, size } = pieces.take(Buffer.alloc(0));
      place = 'done';
      const message = `${formatOffset(name, elementBegin)}: the ${isConcatenated ? 'object' : 'array'} is not closed`;
      return [{ record: failedRecord(bytes, message), end: elementBegin + size }];
    },
    isDone: () => place === 'done',
  };
}

function toRecord(place: string, { bytes, size }: RawRecord, isBlank: boolean): SourceRecord {
  if (isBlank) return failedRecord('', `${place}: an element is missing`);
  if (size > MAX_RECORD_BYTES) return failedRecord(bytes, `${place}: an element must be at most 1 MB`);
  const text = decodeUtf8(bytes);
  return text === undefined ? failedRecord(bytes, `${place}: the element must be UTF-8`) : parseJsonRecord(text, place);
}

const notRecordsFailure = (name: string) =>
  new FlowFailure(`${name}: an object of format json must hold one array, or objects`, { permanent: true });
