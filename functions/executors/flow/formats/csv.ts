import { CsvError, parse } from 'csv-parse/sync';
import { FlowFailure } from '../flow-failure.ts';
import type { SourceRecord } from '../source.ts';
import { type Cut, createCutter, type FindEnd, withoutEnd } from './cutter.ts';
import { badRecord, MAX_RECORD_BYTES, textOf } from './record.ts';
import { type Found, type Part, placeIn, type Scanner } from './scanner.ts';

export interface CsvPart extends Part {
  /** Of a part that begins behind the header: what the header says. */
  readonly columns?: readonly string[];
}

export interface CsvScanner extends Scanner {
  /** What the header says, once it was read. */
  columns(): readonly string[] | undefined;
}

/**
 * Comma-separated values (RFC 4180): the first line that is not empty names the columns; records are objects of strings.
 * Quoted fields may hold line ends, so a part has to begin where a record does. Empty lines are none.
 */
export function createCsvScanner({ name, columns: given, ...part }: CsvPart): CsvScanner {
  const cutter = createCutter(part, createFindEndOfRow());
  let columns = given;

  const scan = (cuts: readonly Cut[]): readonly Found[] => {
    const rows = cuts.map((cut) => ({ ...cut, bytes: withoutEnd(cut.bytes) })).filter(({ bytes }) => bytes.length > 0);
    const found: Found[] = [];
    for (const [i, fields] of fieldsOf(rows).entries()) {
      const { bytes, begin, end } = rows[i] as Cut;
      const place = placeIn(name, begin);
      if (columns) found.push({ record: recordOf(columns, fields, bytes, place), end });
      else columns = columnsOf(fields, place);
    }
    return found;
  };
  return {
    push: (chunk) => scan(cutter.push(chunk)),
    end: () => scan(cutter.end()),
    isDone: () => cutter.isDone(),
    columns: () => columns,
  };
}

const LF = 0x0a;
const QUOTE = 0x22;
const COMMA = 0x2c;

/** Where the next byte is. */
const Place = { fieldBegin: 0, plain: 1, quoted: 2, behindQuote: 3 } as const;

/** Finds the ends of rows, which are the ends of lines outside quotes. A quote counts where a field begins only. */
export function createFindEndOfRow(): FindEnd {
  let place: number = Place.fieldBegin;
  return (bytes, at) => {
    const { length } = bytes;
    for (let i = at; i < length; i++) {
      const byte = bytes[i];
      if (place === Place.quoted) {
        if (byte === QUOTE) place = Place.behindQuote;
      } else if (byte === QUOTE && place !== Place.plain) {
        // Behind a quote in a quoted field it stands for itself.
        place = Place.quoted;
      } else if (byte === LF) {
        place = Place.fieldBegin;
        return i + 1;
      } else {
        place = byte === COMMA ? Place.fieldBegin : Place.plain;
      }
    }
    return -1;
  };
}

/** The fields of a row, or what is wrong with it. */
type Fields = readonly string[] | string;

function fieldsOf(rows: readonly Cut[]): readonly Fields[] {
  const texts = rows.map(({ bytes, size }) => (size > MAX_RECORD_BYTES ? TOO_LONG : (textOf(bytes) ?? NOT_UTF8)));
  const isQuoted = (text: string) => text.includes('"');
  const unquoted = unquote(texts.filter((text) => typeof text === 'string').filter(isQuoted)).values();
  return texts.map((text) => {
    if (typeof text !== 'string') return text.problem;
    return isQuoted(text) ? (unquoted.next().value ?? []) : text.split(',');
  });
}

interface Problem {
  readonly problem: string;
}
const TOO_LONG: Problem = { problem: 'a row may have 1 MB, this one has more; a quote may not be closed' };
const NOT_UTF8: Problem = { problem: 'the row must be UTF-8' };

/** All rows at once, for a parser costs more than a row does; one by one when there is a bad one among them. */
function unquote(rows: readonly string[]): readonly Fields[] {
  const together = parsed(rows.join('\n'));
  return typeof together === 'string' ? rows.map((row) => only(parsed(row))) : together;
}

const only = (rows: readonly (readonly string[])[] | string): Fields =>
  typeof rows === 'string' ? rows : (rows[0] ?? []);

function parsed(text: string): readonly (readonly string[])[] | string {
  try {
    return parse(text, { record_delimiter: ['\n'], relax_column_count: true });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return PROBLEMS[error.code] ?? error.code;
  }
}

/** In our words, for its own count lines and fields of a row that it takes for a file. */
const PROBLEMS: Readonly<Record<string, string>> = {
  INVALID_OPENING_QUOTE: 'a field with a quote in it must be quoted, and the quote doubled',
  CSV_INVALID_CLOSING_QUOTE: 'behind the quote that closes a field a comma or the end of the row must come',
  CSV_QUOTE_NOT_CLOSED: 'a quote is not closed',
};

function recordOf(columns: readonly string[], fields: Fields, bytes: Buffer, place: string): SourceRecord {
  if (typeof fields === 'string') return badRecord(bytes, `${place}: ${fields}`);
  if (fields.length !== columns.length) {
    return badRecord(bytes, `${place}: the header has ${columns.length} columns, the row ${fields.length}`);
  }
  return { value: Object.fromEntries(columns.map((column, i) => [column, fields[i] ?? ''])) };
}

function columnsOf(fields: Fields, place: string): readonly string[] {
  const refuse = (why: string) => new FlowFailure(`${place}: the header cannot be used: ${why}`, { permanent: true });
  if (typeof fields === 'string') throw refuse(fields);
  if (new Set(fields).size < fields.length) throw refuse('two columns have one name');
  return fields;
}
