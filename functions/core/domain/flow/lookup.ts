import type { CsvOptions } from './csv-options.ts';
import type { Format } from './source.ts';

/** An HTTP API that answers with the value of one key. */
export interface HttpLookup {
  /** `{{key}}` in the path or the query is replaced by the key, percent-encoded. */
  readonly url: string;
  /** Values may contain `{{secret:name}}`. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Path (`json-path.ts`) of the value in the answer.
   *
   * @defaultValue the answer itself
   */
  readonly path?: string | undefined;
  /**
   * Maximum requests per second of all tasks and runs of the flow, 1–1000.
   *
   * @defaultValue that of the tenant at the host
   */
  readonly requestsPerSecond?: number | undefined;
}

/** A file of records in the tenant's folder, read by each slice. */
export interface S3Lookup {
  /** Key of the object within the tenant's folder. */
  readonly key: string;
  readonly format: Format;
  /** Path (`json-path.ts`) of the key in a record. Of several records with one key, the last one counts. */
  readonly keyField: string;
  readonly csv?: CsvOptions | undefined;
}

/** The place of the values that a lookup finds. */
export type LookupOrigin =
  /** A collection of the tenant, as `dynamodb` sinks write it. */
  { readonly collection: string } | { readonly http: HttpLookup } | { readonly s3: S3Lookup };

/** Adds a value to each record, which is found by a key. */
export interface LookupSpec {
  readonly type: 'lookup';
  readonly from: LookupOrigin;
  /** JSONata expression of the key: text or a number. No other value has a match. */
  readonly key: string;
  /** Name of the field that receives the value. A field of that name is replaced. */
  readonly as: string;
  /** Result for a record without a match: `null` in the field, a failed record, or an ignored one. */
  readonly onMiss: 'null' | 'error' | 'drop';
}

/** Placeholder in the URL of an `HttpLookup`. */
export const KEY_PLACEHOLDER = '{{key}}';

/** Returns the URL of a key. */
export const urlOfKey = (url: string, key: string): string =>
  url.replaceAll(KEY_PLACEHOLDER, () => encodeURIComponent(key));
