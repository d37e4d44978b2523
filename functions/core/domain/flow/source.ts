import type { Json } from '../json.ts';
import type { CsvOptions } from './csv-options.ts';
import type { Delta } from './delta.ts';
import type { Afterwards, ObjectDelta } from './object-delta.ts';
import type { Operator } from './operator.ts';
import type { RequestBody } from './request-body.ts';

/** The pagination of an HTTP API. */
export type Paging =
  /** One response holds all records. */
  | { readonly type: 'none' }
  /**
   * A query parameter that counts pages, up to a page that is empty or does not exist. `size`: records of a full page.
   */
  | {
      readonly type: 'page';
      readonly param: string;
      readonly start: number;
      readonly sizeParam: string | null;
      readonly size: number | null;
    }
  /** A query parameter that counts records, up to a page that is empty or does not exist. */
  | { readonly type: 'offset'; readonly param: string; readonly limitParam: string; readonly limit: number }
  /**
   * A field of the response (`json-path.ts`) that is sent back as a query parameter, or followed if it is a URL of the
   * same origin. Null or absent on the last page.
   */
  | { readonly type: 'cursor'; readonly param: string; readonly path: string }
  /** A field of the response (`json-path.ts`) with the URL of the next page, of the same origin. Null or absent on the last page. */
  | { readonly type: 'nextUrl'; readonly path: string }
  /** The `Link` header with `rel="next"` (RFC 8288), on the same origin. */
  | { readonly type: 'link' };

export interface HttpSource {
  readonly type: 'http';
  readonly url: string;
  /** Values may contain `{{secret:name}}`. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * JSON object of the requests, which are `POST` requests then.
   *
   * @defaultValue none, `GET`
   */
  readonly body?: RequestBody | undefined;
  /** Path (`json-path.ts`) of the list of records in the response; null if the response itself is the list. */
  readonly records: string | null;
  /** Format of the responses. @defaultValue `json` */
  readonly format?: TextFormat | undefined;
  /** Dialect of CSV responses. Their encoding is that of their `Content-Type` by default. */
  readonly csv?: CsvOptions | undefined;
  readonly paging: Paging;
  /**
   * Statuses of 400–499 that end the list, on its first page, too.
   *
   * @defaultValue none, beside those that end counted pages
   */
  readonly endStatuses?: readonly number[] | undefined;
  /**
   * JSONata on the response, of the format `json`. A page for which it is true is the last one.
   *
   * @defaultValue the end that the paging tells
   */
  readonly endWhen?: string | undefined;
  /**
   * Maximum requests per second of all tasks and runs of the flow, 1–1000.
   *
   * @defaultValue that of the tenant at the host
   */
  readonly requestsPerSecond?: number | undefined;
  /**
   * Requests only what has changed since the last run.
   *
   * @defaultValue everything
   */
  readonly delta?: Delta | undefined;
}

/** Formats of text, and those of S3 objects. */
export const TEXT_FORMATS = ['ndjson', 'json', 'csv'] as const;
export type TextFormat = (typeof TEXT_FORMATS)[number];
export const FORMATS = [...TEXT_FORMATS, 'parquet'] as const;
export type Format = (typeof FORMATS)[number];

export const COMPRESSIONS = ['none', 'gzip', 'zstd'] as const;
export type Compression = (typeof COMPRESSIONS)[number];

/** Objects in the tenant's folder of the platform's bucket. */
export interface S3Source {
  readonly type: 's3';
  /** Key prefix within the tenant's folder. All matching objects are read, in the order of their keys. */
  readonly prefix: string;
  /**
   * Reads only objects that no run has read before.
   *
   * @defaultValue all objects
   */
  readonly delta?: ObjectDelta | undefined;
  /** The change of objects that were read. Requires `delta`. */
  readonly afterwards?: Afterwards | undefined;
  readonly format: Format;
  /**
   * Path (`json-path.ts`) of the list of records in an object of the format `json`.
   *
   * @defaultValue the object is the list, or holds records one after another
   */
  readonly records?: string | undefined;
  /** @defaultValue detected from the first bytes of each object */
  readonly compression?: Compression | undefined;
  /**
   * Column separator of CSV, ignored for other formats. Definitions of before `csv` have it.
   *
   * @defaultValue that of `csv`
   */
  readonly delimiter?: string | undefined;
  /** Dialect of CSV. Its encoding is that of the objects. */
  readonly csv?: CsvOptions | undefined;
}

export interface InlineSource {
  readonly type: 'inline';
  readonly records: readonly Json[];
}

/** Placeholders for generated values (`{{index}}` counts from 0); other values of a shape are copied. */
export const GENERATED_FIELDS = [
  '{{index}}',
  '{{int}}',
  '{{float}}',
  '{{bool}}',
  '{{word}}',
  '{{uuid}}',
  '{{time}}',
] as const;

/** Synthetic records, reproducible from seed and index. */
export interface GenerateSource {
  readonly type: 'generate';
  readonly count: number;
  /** Records per second of the whole source; null for unlimited. */
  readonly rate: number | null;
  /** An object whose values may be placeholders of `GENERATED_FIELDS`; null for `{ id, message, value }`. */
  readonly shape: Readonly<Record<string, Json>> | null;
  readonly seed: number;
}

/** A queue that the operator opened to the tenant (`functions/core/domain/flow/queue-name.ts`). Unbounded. */
export interface SqsSource {
  readonly type: 'sqs';
  /** Name of the queue without the tenant's prefix. */
  readonly queue: string;
}

export type SourceSpec = HttpSource | S3Source | InlineSource | GenerateSource | SqsSource;
export type Source = Operator & SourceSpec;
