import type { Json } from '../json.ts';

/** How a paged HTTP API tells where the next page is. */
export type Paging =
  /** One answer holds everything. */
  | { readonly type: 'none' }
  /** A query parameter that counts pages, until one has no records or does not exist. `size`: records of a full page. */
  | {
      readonly type: 'page';
      readonly param: string;
      readonly start: number;
      readonly sizeParam: string | null;
      readonly size: number | null;
    }
  /** A query parameter that counts records, until a page has none or does not exist. */
  | { readonly type: 'offset'; readonly param: string; readonly limitParam: string; readonly limit: number }
  /**
   * A field of the answer (`json-path.ts`) that is sent back as a query parameter, or followed when it is a URL on the
   * same origin; null or absent: the end.
   */
  | { readonly type: 'cursor'; readonly param: string; readonly path: string }
  /** The `Link` header with `rel="next"` (RFC 8288), on the same origin. */
  | { readonly type: 'link' };

export interface HttpSource {
  readonly type: 'http';
  readonly url: string;
  /** Values may hold `{{secret:name}}`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Path (`json-path.ts`) of the list of records in the answer; null: the answer itself is the list. */
  readonly records: string | null;
  readonly paging: Paging;
}

export const FORMATS = ['ndjson', 'json', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

/** Objects of the tenant's own folder in the platform's bucket. */
export interface S3Source {
  readonly type: 's3';
  /** Every object whose key, within the tenant's folder, begins with it; in the order of their keys. */
  readonly prefix: string;
  readonly format: Format;
  /** Column separator of CSV, ignored for other formats: one ASCII punctuation character or a tab. @defaultValue a comma */
  readonly delimiter?: string | undefined;
}

export interface InlineSource {
  readonly type: 'inline';
  readonly records: readonly Json[];
}

/** What a generated field is (`{{index}}` counts from 0); anything else in a shape is taken as it is. */
export const GENERATED_FIELDS = [
  '{{index}}',
  '{{int}}',
  '{{float}}',
  '{{bool}}',
  '{{word}}',
  '{{uuid}}',
  '{{time}}',
] as const;

/** Made-up records: always the same for the same seed and index. */
export interface GenerateSource {
  readonly type: 'generate';
  readonly count: number;
  /** Records a second for the whole source; null: as fast as it goes. */
  readonly rate: number | null;
  /** An object whose values may be of `GENERATED`; null: `{ id, message, value }`. */
  readonly shape: Readonly<Record<string, Json>> | null;
  readonly seed: number;
}

/** A queue that the team opened to the tenant by its name (`functions/core/platform/tenant-names.ts`). Unbounded. */
export interface SqsSource {
  readonly type: 'sqs';
  /** The queue's name behind the tenant's prefix. */
  readonly queue: string;
}

interface Operator {
  /** Unique in its flow: 1–64 of `A–Z a–z 0–9 _ -`. */
  readonly id: string;
  readonly name: string;
  /** The first records that come out of it are kept to be looked at (`/output`), as a preview sink does. @default no */
  readonly tap?: boolean | undefined;
}

export type SourceSpec = HttpSource | S3Source | InlineSource | GenerateSource | SqsSource;
export type Source = Operator & SourceSpec;

/** JSONata, with the record as its input. */
export type TransformSpec =
  /** Lets a record pass when `where` is true (JSONata's boolean of it). */
  | { readonly type: 'filter'; readonly where: string }
  /** Makes one record of each; one that yields nothing is ignored. */
  | { readonly type: 'map'; readonly to: string }
  /** Makes any number of records of each: the items of an array, or the one value. */
  | { readonly type: 'flatMap'; readonly to: string };
export type Transform = Operator & TransformSpec;

export interface HttpSink {
  readonly type: 'http';
  readonly url: string;
  readonly method: 'POST' | 'PUT' | 'PATCH';
  /** Values may hold `{{secret:name}}`. */
  readonly headers: Readonly<Record<string, string>>;
  /** One request a page with a JSON array, or one a record with the record. */
  readonly mode: 'batch' | 'single';
  /** Requests at once in mode `single`, 1–16. */
  readonly concurrency: number;
}

/** Objects in the tenant's own folder of the platform's bucket: one a page. */
export interface S3Sink {
  readonly type: 's3';
  /** Key within the tenant's folder; `{page}` in it stands for what makes the page's key its own. */
  readonly key: string;
  readonly format: 'ndjson' | 'csv';
}

/** Items of a collection of the tenant's, in the platform's table of collections. */
export interface DynamoDbSink {
  readonly type: 'dynamodb';
  readonly collection: string;
  /** JSONata for an item's key, of text or number; null: first run, split, page and place make it. */
  readonly key: string | null;
}

/** Keeps records to be looked at (`/output`): the first 1,000 of a task. */
export interface PreviewSink {
  readonly type: 'preview';
}

export type SinkSpec = HttpSink | S3Sink | DynamoDbSink | PreviewSink;
export type Sink = Operator & SinkSpec;

/** When checkpoints are taken beside those on request and on stop, and how many are kept. */
export interface CheckpointPolicy {
  /** Null: none on a timer. */
  readonly everySeconds: number | null;
  /** The newest so many, and those that are pinned. */
  readonly keep: number;
}

export const CHECKPOINT_POLICY: CheckpointPolicy = { everySeconds: 60, keep: 5 };

/** Every source's records go through all transforms, in their order, and then to all sinks. */
export interface Flow {
  /** Records a page, 1–1000. */
  readonly pageSize: number;
  /** Tasks at once, 1–64; fewer when there is less to share out. */
  readonly parallelism: number;
  /** What a record that fails does: it is kept as an error, or it ends the run as failed. */
  readonly onError: 'continue' | 'stop';
  readonly checkpoints: CheckpointPolicy;
  readonly sources: readonly Source[];
  readonly transforms: readonly Transform[];
  readonly sinks: readonly Sink[];
}

/** The operators of a flow in the order in which records meet them: the order of every list of counts. */
export function operatorsOf(flow: Flow): readonly (Source | Transform | Sink)[] {
  return [...flow.sources, ...flow.transforms, ...flow.sinks];
}
