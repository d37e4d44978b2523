import { CsvError, parse } from 'csv-parse/sync';
import type { CsvOptions } from '../../../domain/flow/csv-options.ts';
import { FlowFailure } from '../flow-failure.ts';
import type { SourceRecord } from '../source-reader.ts';
import { createLineSplitter, type FindLineEnd, type Line, stripLineEnd } from './line-splitter.ts';
import { decodeUtf8, failedRecord, MAX_RECORD_BYTES } from './parse-record.ts';
import { formatOffset, type ScannedRecord, type Scanner, type ScanRange } from './scanner.ts';

/** The columns and the row terminator, needed to parse rows without their header. */
export interface CsvHeader {
  readonly columns: readonly string[];
  readonly rowEnd: RowEnd;
}

/** Row terminator: `lf` for LF or CRLF, `cr` for CR alone. */
export type RowEnd = 'lf' | 'cr';

export interface CsvPart extends ScanRange {
  /** Their encoding is ignored: the bytes are UTF-8. */
  readonly options?: CsvOptions | undefined;
  /** The columns of a range that does not start at the beginning of the file. */
  readonly header?: CsvHeader;
}

/** Characters with a meaning in CSV, each in ASCII. */
export interface CsvCharacters {
  readonly delimiter: string;
  /** `null` if fields are never quoted. */
  readonly quote: string | null;
}

export const charactersOf = ({ delimiter = ',', quote = '"' }: CsvOptions = {}): CsvCharacters => ({
  delimiter,
  quote,
});

export interface CsvScanner extends Scanner {
  /** @returns the header, or `undefined` before it was read */
  header(): CsvHeader | undefined;
}

/**
 * Scans delimiter-separated values (RFC 4180). Unless the options name the columns, the first non-empty line does;
 * records are objects with string values. Quoted fields may contain line ends, so a range must start at a row. Empty
 * lines are skipped.
 */
export function createCsvScanner({ name, options = {}, header, ...part }: CsvPart): CsvScanner {
  const characters = charactersOf(options);
  const rowEnds = createRowEndFinder(characters, header?.rowEnd);
  const cutter = createLineSplitter(part, rowEnds.find);
  const { header: row = true } = options;
  let columns = header?.columns ?? (typeof row === 'boolean' ? undefined : row);

  const scan = (cuts: readonly Line[]): readonly ScannedRecord[] => {
    const rows = cuts
      .map((cut) => ({ ...cut, bytes: stripLineEnd(cut.bytes) }))
      .filter(({ bytes }) => bytes.length > 0);
    const found: ScannedRecord[] = [];
    for (const [i, fields] of parseRows(rows, characters).entries()) {
      const { bytes, begin, end } = rows[i] as Line;
      const place = formatOffset(name, begin);
      if (columns === undefined && row === true) {
        columns = parseHeader(fields, place);
        continue;
      }
      columns ??= numberedColumns(fields, place);
      found.push({ record: toRecord(columns, fields, bytes, place), end });
    }
    return found;
  };
  return {
    push: (chunk) => scan(cutter.push(chunk)),
    end: () => scan(cutter.end()),
    isDone: () => cutter.isDone(),
    header: () => {
      // Columns that the options name are known before the end of a row.
      const rowEnd = rowEnds.rowEnd() ?? (columns === row ? undefined : 'lf');
      return columns && rowEnd && { columns, rowEnd };
    },
  };
}

const LF = 0x0a;
const CR = 0x0d;

/** Position of the next byte within a field. */
const FieldState = { fieldBegin: 0, plain: 1, quoted: 2, behindQuote: 3 } as const;

export interface RowEndFinder {
  readonly find: FindLineEnd;
  /** @returns the row terminator, or `undefined` before the first row has ended */
  rowEnd(): RowEnd | undefined;
}

/**
 * Finds row ends: line ends outside quotes. A quote is special only at the start of a field.
 *
 * @param known the row terminator.
 * @default detected at the end of the first row: a CR without a following LF makes CR the terminator of all rows
 */
export function createRowEndFinder({ delimiter, quote }: CsvCharacters, known?: RowEnd): RowEndFinder {
  const separator = delimiter.charCodeAt(0);
  const quoteByte = quote?.charCodeAt(0);
  let rowEnd = known;
  let place: number = FieldState.fieldBegin;
  let isBehindCr = false;
  return {
    rowEnd: () => rowEnd,
    find(bytes, at) {
      const { length } = bytes;
      for (let i = at; i < length; i++) {
        const byte = bytes[i];
        if (isBehindCr) {
          isBehindCr = false;
          if (byte !== LF) {
            rowEnd = 'cr';
            return i;
          }
        }
        if (place === FieldState.quoted) {
          if (byte === quoteByte) place = FieldState.behindQuote;
        } else if (byte === quoteByte && place !== FieldState.plain) {
          // A doubled quote in a quoted field is a literal quote.
          place = FieldState.quoted;
        } else if (byte === LF || (byte === CR && rowEnd === 'cr')) {
          place = FieldState.fieldBegin;
          rowEnd ??= 'lf';
          return i + 1;
        } else if (byte === CR && rowEnd === undefined) {
          isBehindCr = true;
          place = FieldState.fieldBegin;
        } else {
          place = byte === separator ? FieldState.fieldBegin : FieldState.plain;
        }
      }
      return -1;
    },
  };
}

/** Delimiters that are common in other files. */
const SEPARATORS = [',', ';', '\t', '|'];

/**
 * @returns a common delimiter that appears in the name of a header's only column, which suggests that the file was read
 * with the wrong delimiter
 */
export function suspectDelimiter({ columns }: CsvHeader): string | undefined {
  const [firstRow, ...others] = columns;
  return others.length > 0 ? undefined : SEPARATORS.find((separator) => firstRow?.includes(separator));
}

/** The fields of a row, or the reason why it cannot be parsed. */
type Fields = readonly string[] | string;

function parseRows(rows: readonly Line[], characters: CsvCharacters): readonly Fields[] {
  const { delimiter, quote } = characters;
  const texts = rows.map(({ bytes, size }) => (size > MAX_RECORD_BYTES ? TOO_LONG : (decodeUtf8(bytes) ?? NOT_UTF8)));
  const isQuoted = (text: string) => quote !== null && text.includes(quote);
  const unquoted = parseQuotedRows(
    texts.filter((text) => typeof text === 'string').filter(isQuoted),
    characters,
  ).values();
  return texts.map((text) => {
    if (typeof text !== 'string') return text.problem;
    return isQuoted(text) ? (unquoted.next().value ?? []) : text.split(delimiter);
  });
}

interface Problem {
  readonly problem: string;
}
const TOO_LONG: Problem = { problem: 'a row must be at most 1 MB; a quote may not be closed' };
const NOT_UTF8: Problem = { problem: 'the row must be UTF-8' };

/**
 * Parses all rows in one call, because a call costs more than a row; falls back to one call per row if any row is
 * malformed.
 */
function parseQuotedRows(rows: readonly string[], characters: CsvCharacters): readonly Fields[] {
  const together = parseCsv(rows.join('\n'), characters);
  return typeof together === 'string' ? rows.map((row) => firstRow(parseCsv(row, characters))) : together;
}

const firstRow = (rows: readonly (readonly string[])[] | string): Fields =>
  typeof rows === 'string' ? rows : (rows[0] ?? []);

function parseCsv(text: string, { delimiter, quote }: CsvCharacters): readonly (readonly string[])[] | string {
  try {
    return parse(text, { delimiter, quote, escape: quote, record_delimiter: ['\n'], relax_column_count: true });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return formatProblem(error.code, delimiter);
  }
}

/** Replaces csv-parse's messages, which count lines and fields of the single row that it was given. */
function formatProblem(code: string, delimiter: string): string {
  const shown = delimiter === ',' ? 'a comma' : JSON.stringify(delimiter);
  const problems: Readonly<Record<string, string>> = {
    INVALID_OPENING_QUOTE: 'a field with a quote in it must be quoted, and the quote doubled',
    CSV_INVALID_CLOSING_QUOTE: `after the closing quote of a field ${shown} or the end of the row must follow`,
    CSV_QUOTE_NOT_CLOSED: 'a quote is not closed',
  };
  return problems[code] ?? code;
}

function toRecord(columns: readonly string[], fields: Fields, bytes: Buffer, place: string): SourceRecord {
  if (typeof fields === 'string') return failedRecord(bytes, `${place}: ${fields}`);
  if (fields.length !== columns.length) {
    return failedRecord(bytes, `${place}: the header has ${columns.length} columns, the row ${fields.length}`);
  }
  return { value: Object.fromEntries(columns.map((column, i) => [column, fields[i] ?? ''])) };
}

/** Returns the column names. A column without a name is named after its position: `column_3`. */
function parseHeader(fields: Fields, place: string): readonly string[] {
  const refuse = (why: string) => new FlowFailure(`${place}: the header cannot be used: ${why}`, { permanent: true });
  if (typeof fields === 'string') throw refuse(fields);
  const taken = new Set(fields);
  const columns = fields.map((field, i) => (field.trim() === '' ? uniqueName(`column_${i + 1}`, taken) : field));
  return withUniqueNames(columns);
}

/** Returns `column_1`, `column_2` and so on, for a text without a header. */
function numberedColumns(fields: Fields, place: string): readonly string[] {
  if (typeof fields !== 'string') return fields.map((_, i) => `column_${i + 1}`);
  throw new FlowFailure(`${place}: the first row cannot be used: ${fields}`, { permanent: true });
}

/** Numbers repeated names: the second `name` becomes `name_2`. */
function withUniqueNames(names: readonly string[]): readonly string[] {
  /** The last number of each name, so that many repetitions take linear time. */
  const counts = new Map<string, number>();
  const taken = new Set(names);
  return names.map((name) => {
    let number = (counts.get(name) ?? 0) + 1;
    if (number > 1) while (taken.has(`${name}_${number}`)) number++;
    counts.set(name, number);
    if (number === 1) return name;
    taken.add(`${name}_${number}`);
    return `${name}_${number}`;
  });
}

const uniqueName = (name: string, taken: ReadonlySet<string>): string =>
  taken.has(name) ? uniqueName(`${name}_`, taken) : name;
