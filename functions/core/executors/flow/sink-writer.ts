import type { Json } from '../../domain/json.ts';
import type { DerivedRecord } from './chain.ts';

/** The identity of a page, equal in every attempt to write it: first run of the lineage, split, page number. */
export interface PageKey {
  /** ULID. */
  readonly lineage: string;
  readonly split: number;
  readonly page: number;
  readonly task: number;
  /**
   * Name of one failed record of the page that is written again, unique in the page. Sinks derive keys from it that no
   * record of the whole page has.
   *
   * @default the whole page
   */
  readonly part?: string;
}

export interface SinkPage {
  readonly key: PageKey;
  /** Position of the page in its run, under which previews are stored. @default that of `key` */
  readonly position?: Pick<PageKey, 'split' | 'page'> | undefined;
  /** At least one record. */
  readonly records: readonly DerivedRecord[];
  /** Records offered to the sink by earlier completed pages of the same task. */
  readonly offeredBefore: number;
  /** Number of leading `records` that an earlier write of the page has processed. @default 0 */
  readonly resumeFrom?: number;
  /** @returns whether the page's time is over, so that the rest may be left for a later write. @default never */
  readonly isTimeUp?: () => boolean;
}

export interface SinkResult {
  /** Records that the sink refused, by their index in `records`. */
  readonly refused: readonly { readonly index: number; readonly message: string }[];
  /** Bytes sent or stored. */
  readonly bytes: number;
  /** Number of leading `records` processed so far. @default all */
  readonly processed?: number;
  /** Milliseconds that the sink requests before the rest is written. @default 0 */
  readonly waitMs?: number;
  /**
   * What the sink made of the responses for the records from `resumeFrom` up to `processed`; `null` for a record that it
   * refused, or for which it made nothing. Only of a sink that maps responses.
   */
  readonly mapped?: readonly (readonly [record: Json] | null)[];
}

/** The writer of a sink for one slice. */
export interface SinkWriter {
  /**
   * Writes a page. A repeated write under the same key has no further effect. Transient errors (429, 5xx, a broken
   * connection) are retried a few times.
   *
   * @throws FlowFailure, permanent if the sink refuses every record
   */
  write(page: SinkPage, signal: AbortSignal): Promise<SinkResult>;
  /** Releases resources at the end of the slice. */
  close?(): Promise<void>;
}
