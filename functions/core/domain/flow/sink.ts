import type { Operator } from './operator.ts';

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
