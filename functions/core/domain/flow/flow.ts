import type { Json } from '../json.ts';
import type { Delta } from './delta.ts';
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
  readonly paging: Paging;
  /**
   * Requests only what has changed since the last run.
   *
   * @defaultValue everything
   */
  readonly delta?: Delta | undefined;
}

export const FORMATS = ['ndjson', 'json', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

/** Objects in the tenant's folder of the platform's bucket. */
export interface S3Source {
  readonly type: 's3';
  /** Key prefix within the tenant's folder. All matching objects are read, in the order of their keys. */
  readonly prefix: string;
  readonly format: Format;
  /**
   * Column separator of CSV, ignored for other formats: one ASCII punctuation character or a tab.
   *
   * @defaultValue a comma
   */
  readonly delimiter?: string | undefined;
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

interface Operator {
  /** Unique in the flow: 1–64 of `A–Z a–z 0–9 _ -`. */
  readonly id: string;
  readonly name: string;
  /**
   * Stores the first records that the operator emits for `/output`, as a preview sink does.
   *
   * @defaultValue false
   */
  readonly tap?: boolean | undefined;
}

export type SourceSpec = HttpSource | S3Source | InlineSource | GenerateSource | SqsSource;
export type Source = Operator & SourceSpec;

/** JSONata expressions with the record as their input. */
export type TransformSpec =
  /** Passes records for which `where` is true, by JSONata's boolean cast. */
  | { readonly type: 'filter'; readonly where: string }
  /** Maps each record to one record. A record without a result is ignored. */
  | { readonly type: 'map'; readonly to: string }
  /** Maps each record to any number of records: the items of an array, or one value. */
  | { readonly type: 'flatMap'; readonly to: string };
export type Transform = Operator & TransformSpec;

export interface HttpSink {
  readonly type: 'http';
  readonly url: string;
  readonly method: 'POST' | 'PUT' | 'PATCH';
  /** Values may contain `{{secret:name}}`. */
  readonly headers: Readonly<Record<string, string>>;
  /** One request per page with a JSON array, or one request per record. */
  readonly mode: 'batch' | 'single';
  /** Concurrent requests in mode `single`, 1–16. */
  readonly concurrency: number;
}

/** Objects in the tenant's folder of the platform's bucket, one per page. */
export interface S3Sink {
  readonly type: 's3';
  /** Key within the tenant's folder; `{page}` is replaced by the unique part of a page's key. */
  readonly key: string;
  readonly format: 'ndjson' | 'csv';
}

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

/** Periodic checkpoints, in addition to those on request and on stop, and the number of checkpoints to keep. */
export interface CheckpointPolicy {
  /** Interval of periodic checkpoints; null for none. */
  readonly everySeconds: number | null;
  /** Number of newest checkpoints to keep, in addition to pinned checkpoints. */
  readonly keep: number;
}

export const CHECKPOINT_POLICY: CheckpointPolicy = { everySeconds: 60, keep: 5 };

/** A pipeline in which the records of all sources pass all transforms in order and then go to all sinks. */
export interface Flow {
  /** Records per page, 1–1000. */
  readonly pageSize: number;
  /** Maximum number of concurrent tasks, 1–64. */
  readonly parallelism: number;
  /** Reaction to a failed record: `continue` stores it as an error, `stop` fails the run. */
  readonly onError: 'continue' | 'stop';
  readonly checkpoints: CheckpointPolicy;
  readonly sources: readonly Source[];
  readonly transforms: readonly Transform[];
  readonly sinks: readonly Sink[];
}

/** Returns the operators in processing order, which is the order of every list of counts. */
export function operatorsOf(flow: Flow): readonly (Source | Transform | Sink)[] {
  return [...flow.sources, ...flow.transforms, ...flow.sinks];
}
