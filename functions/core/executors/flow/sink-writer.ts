import type { DerivedRecord } from './chain.ts';

/** What makes a page the same page, whoever writes it again: the first run of its lineage, its split, its number. */
export interface PageKey {
  /** ULID. */
  readonly lineage: string;
  readonly split: number;
  readonly page: number;
  readonly task: number;
}

export interface SinkPage {
  readonly key: PageKey;
  /** At least one. */
  readonly records: readonly DerivedRecord[];
  /** Records that were offered to the sink before, by pages of the same task that are through. */
  readonly offeredBefore: number;
  /** So many of `records`, from the first, it has had, in an earlier write of the page. @default none */
  readonly resumeFrom?: number;
  /** Whether it has taken long enough: what is left may be for a later write. @default it never has */
  readonly isTimeUp?: () => boolean;
}

export interface SinkResult {
  /** Records that it will not have, by their index in `records`. */
  readonly refused: readonly { readonly index: number; readonly message: string }[];
  /** Bytes that were sent or stored. */
  readonly bytes: number;
  /** So many of `records`, from the first, it has had by now. @default all of them */
  readonly processed?: number;
  /** Milliseconds that the sink asks to wait before the rest is written. @default 0 */
  readonly waitMs?: number;
}

/** A sink on one machine, for one slice. */
export interface SinkWriter {
  /**
   * Writes a page. Written again under the same key it has no second effect. Repeats what may pass (429, 5xx, a broken
   * connection) a few times itself.
   *
   * @throws FlowFailure: permanent when it refuses whatever is sent
   */
  write(page: SinkPage, signal: AbortSignal): Promise<SinkResult>;
  /** Ends what it keeps running: the slice is over. */
  close?(): Promise<void>;
}
