import type { DynamoDBStreamEvent } from 'aws-lambda';
import { FunctionError } from '../lambda/errors.ts';
import { toSecond } from './batch-delivery.ts';
import { creationTimeOf, type LambdaStreamRecord } from './stream-event.ts';

/** State size in bytes above which Lambda ends a window early. */
const STATE_LIMIT = 1_048_576;

/** An open tumbling window; part of the checkpoint, so it survives a restart. */
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
 * The tumbling window of one shard: adds the window's fields to the events and passes the state from one invocation to
 * the next. https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
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

  /** @returns whether the record belongs to a later window, so that the open window must be closed first */
  isClosedBy(record: LambdaStreamRecord): boolean {
    return this.#open !== undefined && creationTimeOf(record) >= this.#open.start + this.#lengthMs;
  }

  /** @returns whether the time of the open window is over */
  isOver(now: number): boolean {
    return this.#open !== undefined && now >= this.#open.start + this.#lengthMs;
  }

  /** Counts the leading records of the same window. Late records belong to the open window. */
  countInWindow(records: readonly LambdaStreamRecord[]): number {
    const [first] = records;
    if (!first) return 0;
    const end = (this.#open?.start ?? this.#startOf(first)) + this.#lengthMs;
    const index = records.findIndex((record) => creationTimeOf(record) >= end);
    return index < 0 ? records.length : index;
  }

  /** Builds the event for records of one window. Opens a window if none is open. */
  toEvent(records: readonly LambdaStreamRecord[]): TumblingWindowEvent {
    const [first] = records;
    if (!this.#open && first) this.#open = { start: this.#startOf(first), state: {} };
    return this.#event(records, { isFinalInvokeForWindow: false, isWindowTerminatedEarly: false });
  }

  /**
   * Stores the state that the function returned.
   *
   * @returns whether the state is too large, so that the window must end early
   *
   * @throws FunctionError if the result has no state, which Lambda treats as a failed invocation
   */
  updateState(answer: unknown): boolean {
    const state = parseWindowState(answer);
    if (this.#open) this.#open = { ...this.#open, state };
    return Buffer.byteLength(JSON.stringify(state)) > STATE_LIMIT;
  }

  /** Builds the final event of the open window. */
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

/** @throws FunctionError if the result has no state */
export function parseWindowState(answer: unknown): Readonly<Record<string, unknown>> {
  const state = typeof answer === 'object' && answer !== null ? (answer as { state?: unknown }).state : undefined;
  if (typeof state === 'object' && state !== null) return state as Readonly<Record<string, unknown>>;
  const errorMessage = 'a function with a tumbling window must return { state: { … } }';
  throw new FunctionError({ errorType: 'Function.MissingState', errorMessage, trace: [] });
}
