import type { Column } from './column.ts';
import type { CsvOptions } from './csv-options.ts';
import type { Operator } from './operator.ts';
import type { Compression } from './source.ts';

export interface HttpSink {
  readonly type: 'http';
  readonly url: string;
  readonly method: 'POST' | 'PUT' | 'PATCH';
  /** Values may contain `{{secret:name}}`. */
  readonly headers: Readonly<Record<string, string>>;
  /** One request per page with a JSON array, or one request per record. */
  readonly mode: 'batch' | 'single';
  /**
   * Body of a request in mode `batch`: a JSON array, or one JSON value a line.
   *
   * @defaultValue `json`
   */
  readonly format?: 'json' | 'ndjson' | undefined;
  /** Concurrent requests in mode `single`, 1–16. */
  readonly concurrency: number;
  /**
   * Maximum requests per second of all tasks and runs of the flow, 1–1000.
   *
   * @defaultValue that of the tenant at the host
   */
  readonly requestsPerSecond?: number | undefined;
  /**
   * JSONata that makes a record of `{ record, response: { status, headers, body } }`, which the following sinks receive
   * instead of the record; only in mode `single`. A record for which it yields nothing goes no further.
   */
  readonly responseMap?: string | undefined;
}

export const SINK_FORMATS = ['ndjson', 'json', 'csv', 'parquet'] as const;

/** Encodings that a sink can write. `utf-16` is little-endian, with a byte order mark. */
export const SINK_ENCODINGS = ['utf-8', 'utf-16', 'utf-16le', 'latin1'] as const;
export type SinkEncoding = (typeof SINK_ENCODINGS)[number];

/**
 * The dialect of CSV that a sink writes. A list as `header` gives the columns of every object, which must have all
 * fields of a record; otherwise they are the fields of the object's records.
 */
export interface SinkCsvOptions extends Omit<CsvOptions, 'encoding'> {
  readonly encoding?: SinkEncoding | undefined;
}

/** Objects in the tenant's folder of the platform's bucket, one per page. */
export interface S3Sink {
  readonly type: 's3';
  /**
   * Key within the tenant's folder. `{page}` is replaced by the unique part of a page's key, `{{date}}` and `{{hour}}`
   * by the time of the run (UTC).
   */
  readonly key: string;
  readonly format: (typeof SINK_FORMATS)[number];
  /**
   * Compression of the objects; of `parquet`, of the data in them.
   *
   * @defaultValue by the end of `key`: `gzip` for `.gz`, `zstd` for `.zst`, else `none`; Snappy for `parquet`
   */
  readonly compression?: Compression | undefined;
  readonly csv?: SinkCsvOptions | undefined;
  /**
   * Columns of `parquet`, in order. Other fields of records are left out.
   *
   * @defaultValue the fields of an object's records, with inferred types
   */
  readonly columns?: readonly Column[] | undefined;
}

/** Placeholders in the key of an S3 sink, for the day as `2026-02-28` and the hour as `09`. */
export const TIME_PLACEHOLDERS = ['{{date}}', '{{hour}}'] as const;

/** Items of a collection of the tenant, in the platform's Collections table. */
export interface DynamoDbSink {
  readonly type: 'dynamodb';
  readonly collection: string;
  /**
   * JSONata expression of an item's key (string or number); null derives the key from the first run, split, page and
   * index.
   */
  readonly key: string | null;
}

/** Stores the first 1,000 records of each task for `/output`. */
export interface PreviewSink {
  readonly type: 'preview';
}

export type SinkSpec = HttpSink | S3Sink | DynamoDbSink | PreviewSink;
export type Sink = Operator & SinkSpec;

/** The parts of a sink that tell whether it maps its responses. */
export interface MappingSink {
  readonly type: string;
  readonly responseMap?: string | undefined;
}

/** Returns whether the following sinks receive what a sink makes of its responses. */
export const mapsResponses = ({ type, responseMap }: MappingSink): boolean =>
  type === 'http' && responseMap !== undefined;
