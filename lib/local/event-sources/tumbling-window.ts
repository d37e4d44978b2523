import type { DynamoDBStreamEvent } from 'aws-lambda';
import { FunctionError } from '../lambda/errors.ts';
import { toSecond } from './batch-delivery.ts';
import { creationTimeOf, type LambdaStreamRecord } from './stream-event.ts';

/** Lambda ends a window early whose state has grown over this. */
const STATE_LIMIT = 1_048_576;

/** An open tumbling window: it survives a restart in the checkpoint. */
export interface WindowState {
  /** Epoch milliseconds. */
  readonly start: number;
  readonly state: Readonly<Record<string, unknown>>;
}

export type TumblingWindowEvent = DynamoDBStreamEvent & {
  readonly window: { readonly start: string; readonly end: string };
  readonly state: Readonly<Record<string, unknown>>;
  readonly shardId: string;
  readonly eventSourceARN: string;
  readonly isFinalInvokeForWindow: boolean;
  readonly isWindowTerminatedEarly: boolean;
};

/**
 * The tumbling window of one shard: what the function's events say beside the records, and the state it hands from one
 * invocation to the next.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
 */
export class TumblingWindow {
  readonly #lengthMs: number;
  readonly #shardId: string;
  readonly #streamArn: string;
  #open: WindowState | undefined;

  constructor(lengthMs: number, shardId: string, streamArn: string, open: WindowState | undefined) {
    this.#lengthMs = lengthMs;
    this.#shardId = shardId;
    this.#streamArn = streamArn;
    this.#open = open;
  }

  get open(): WindowState | undefined {
    return this.#open;
  }

  /** True when the record is of a later window than the open one: that has to be closed first. */
  isClosedBy(record: LambdaStreamRecord): boolean {
    return this.#open !== undefined && creationTimeOf(record) >= this.#open.start + this.#lengthMs;
  }

  /** True when the open window's time is over. */
  isOver(now: number): boolean {
    return this.#open !== undefined && now >= this.#open.start + this.#lengthMs;
  }

  /** How many records from the front are of one window. One that comes late counts to the open window. */
  countInWindow(records: readonly LambdaStreamRecord[]): number {
    const [first] = records;
    if (!first) return 0;
    const end = (this.#open?.start ?? this.#startOf(first)) + this.#lengthMs;
    const index = records.findIndex((record) => creationTimeOf(record) >= end);
    return index < 0 ? records.length : index;
  }

  /** The event of records that belong to one window, which it opens if none is. */
  toEvent(records: readonly LambdaStreamRecord[]): TumblingWindowEvent {
    const [first] = records;
    if (!this.#open && first) this.#open = { start: this.#startOf(first), state: {} };
    return this.#event(records, { isFinalInvokeForWindow: false, isWindowTerminatedEarly: false });
  }

  /**
   * Keeps the state of an answer.
   *
   * @returns whether it has become too large, so that the window has to be ended early
   * @throws FunctionError when the answer has none: Lambda takes that as a failed invocation
   */
  updateState(answer: unknown): boolean {
    const state = parseWindowState(answer);
    if (this.#open) this.#open = { ...this.#open, state };
    return Buffer.byteLength(JSON.stringify(state)) > STATE_LIMIT;
  }

  /** The last event of the open window. */
  finalEvent(early: boolean): TumblingWindowEvent {
    return this.#event([], { isFinalInvokeForWindow: true, isWindowTerminatedEarly: early });
  }

  close(): void {
    this.#open = undefined;
  }

  #startOf(record: LambdaStreamRecord): number {
    return Math.floor(creationTimeOf(record) / this.#lengthMs) * this.#lengthMs;
  }

  #event(
    records: readonly LambdaStreamRecord[],
    flags: Pick<TumblingWindowEvent, 'isFinalInvokeForWindow' | 'isWindowTerminatedEarly'>,
  ): TumblingWindowEvent {
    const { start = 0, state = {} } = this.#open ?? {};
    return {
      Records: [...records],
      window: { start: toSecond(start), end: toSecond(start + this.#lengthMs) },
      state,
      shardId: this.#shardId,
      eventSourceARN: this.#streamArn,
      ...flags,
    };
  }
}

/** @throws FunctionError */
export function parseWindowState(answer: unknown): Readonly<Record<string, unknown>> {
  const state = typeof answer === 'object' && answer !== null ? (answer as { state?: unknown }).state : undefined;
  if (typeof state === 'object' && state !== null) return state as Readonly<Record<string, unknown>>;
  const errorMessage = 'a function with a tumbling window must return { state: { … } }';
  throw new FunctionError({ errorType: 'Function.MissingState', errorMessage, trace: [] });
}
