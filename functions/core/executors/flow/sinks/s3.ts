import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { S3Sink, SinkEncoding } from '../../../domain/flow/sink.ts';
import type { Compression } from '../../../domain/flow/source.ts';
import type { Json } from '../../../domain/json.ts';
import { decodeUlidTime } from '../../../domain/run-id.ts';
import { tenantFolder } from '../../../store/keys.ts';
import type { FlowContext } from '../flow-context.ts';
import type { PageKey, SinkResult, SinkWriter } from '../sink-writer.ts';
import { type Csv, findTextFault, toCsv } from './format-csv.ts';
import { writeOrFail } from './write-or-fail.ts';

const CONTENT_TYPES = {
  ndjson: 'application/x-ndjson',
  json: 'application/json',
  csv: 'text/csv',
  parquet: 'application/vnd.apache.parquet',
} as const;

/** The contents of an object, and the records that it cannot hold. */
interface Contents {
  readonly body: Buffer;
  readonly refused: SinkResult['refused'];
}

/** Creates a writer that stores each page as an object in the tenant's folder. A repeated page replaces its object. */
export function createS3Writer(
  { id, key, format, compression, csv = {}, columns }: S3Sink & { readonly id: string },
  { run, objects }: FlowContext,
): SinkWriter {
  const { encoding = 'utf-8' } = csv;
  const contentType = format === 'csv' ? `${CONTENT_TYPES.csv}; charset=${CHARSETS[encoding]}` : CONTENT_TYPES[format];
  const toText = (values: readonly Json[]): Csv => {
    if (format === 'csv')
      return toCsv(values, (object) => findTextFault(object) ?? findLatin1Fault(object, encoding), csv);
    const lines = values.map((value) => JSON.stringify(value));
    return {
      text: format === 'json' ? `[\n${lines.join(',\n')}\n]\n` : lines.map((line) => `${line}\n`).join(''),
      refused: [],
    };
  };
  const toObject = async (values: readonly Json[]): Promise<Contents> => {
    if (format === 'parquet') {
      // Few flows write Parquet.
      const { toParquet } = await import('./parquet/parquet-file.ts');
      return toParquet(values, columns, compression);
    }
    const { text, refused } = toText(values);
    return { body: PACK[compression ?? compressionByName(key)](ENCODE[encoding](text)), refused };
  };
  return {
    async write({ key: page, records }, signal) {
      const values = records.map(({ value }) => value);
      const { body, refused } = await toObject(values);
      if (refused.length === values.length) return { refused, bytes: 0 };
      const objectKey = tenantFolder(run.tenant) + keyOf(key, page);
      await writeOrFail(`${id}: an object`, objects.put(objectKey, body, contentType, signal), signal);
      return { refused, bytes: body.length };
    },
  };
}

const compressionByName = (key: string): Compression => {
  if (key.endsWith('.gz')) return 'gzip';
  return key.endsWith('.zst') ? 'zstd' : 'none';
};

/** The same bytes give the same object: neither format holds a time. */
const PACK: Readonly<Record<Compression, (bytes: Buffer) => Buffer>> = {
  none: (bytes) => bytes,
  gzip: (bytes) => gzipSync(bytes),
  zstd: (bytes) => zstdCompressSync(bytes),
};

const ENCODE: Readonly<Record<SinkEncoding, (text: string) => Buffer>> = {
  'utf-8': (text) => Buffer.from(text),
  'utf-16': (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
  'utf-16le': (text) => Buffer.from(text, 'utf16le'),
  latin1: (text) => Buffer.from(text, 'latin1'),
};
const CHARSETS: Readonly<Record<SinkEncoding, string>> = {
  'utf-8': 'utf-8',
  'utf-16': 'utf-16',
  'utf-16le': 'utf-16le',
  latin1: 'iso-8859-1',
};

/**
 * Returns the reason why an object cannot be written in Latin-1, or `undefined`. A source reads Latin-1 as browsers do, with
 * other characters in place of the control characters from U+0080 to U+009F.
 */
function findLatin1Fault(object: object, encoding: SinkEncoding): string | undefined {
  if (encoding !== 'latin1' || !OUTSIDE_LATIN1.test(JSON.stringify(object))) return undefined;
  return 'must have no character that latin1 lacks';
}
const OUTSIDE_LATIN1 = /[\u0080-\u009f\u0100-\uffff]/;

/** Returns the key of a page. The time is that of the first run of the lineage, so that a restart writes to the same keys. */
function keyOf(key: string, page: PageKey): string {
  const time = () => new Date(decodeUlidTime(page.lineage)).toISOString();
  return key
    .replaceAll('{{date}}', () => time().slice(0, 10))
    .replaceAll('{{hour}}', () => time().slice(11, 13))
    .replaceAll('{page}', () => pageName(page));
}

/** Names sort by split and page. A failed record that is written again has an object of its own beside that of its page. */
function pageName({ lineage, split, page, part }: PageKey): string {
  const name = `${lineage}-${String(split).padStart(5, '0')}-${String(page).padStart(9, '0')}`;
  return /* guard: s3.retry.own-object */ part === undefined ? name : `${name}-${part}`;
}
