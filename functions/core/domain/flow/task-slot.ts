import type { RunRef } from '../run.ts';
import { MINUTE_MS } from '../timing.ts';

/** A task of a flow run. */
export interface TaskRef {
  readonly run: RunRef;
  readonly index: number;
}

/** One of the tenant's `concurrentTasks` slots, held by a task while a worker processes its slice. */
export interface TaskSlot {
  /** 0, 1, 2… below the tenant's limit. */
  readonly number: number;
  /** The task that holds the slot (`slotHolder`). */
  readonly holder: string;
  /** Identifies the worker; null if the slot was passed to a waiting task whose worker has not started. */
  readonly token: string | null;
  /** Epoch milliseconds after which the slot is free. */
  readonly until: number;
}

/** A task that waits for a slot. */
export interface WaitingTask {
  readonly task: TaskRef;
  /** Number of the slice to send. */
  readonly slice: number;
  /** Time since which the task waits, ISO 8601. */
  readonly since: string;
}

/** Time after which a slot is free whose worker has crashed: longer than the longest slice. */
export const SLOT_VALIDITY_MS = 14 * MINUTE_MS;

/** Time after which a passed slot is free if no worker starts: its message was lost, or its run has ended. */
export const PASSED_SLOT_VALIDITY_MS = 2 * MINUTE_MS;

/** Returns the name of a task that is unique within its tenant. */
export const slotHolder = ({ run: { jobId, incarnation, ulid }, index }: TaskRef): string =>
  `${jobId}#${incarnation}#${ulid}#${index}`;

/** Returns the numbers of the free slots below the limit, in ascending order. */
export function freeSlots(slots: readonly TaskSlot[], limit: number, now: number): readonly number[] {
  const taken = new Set(slots.filter(({ until }) => until > now).map(({ number }) => number));
  return Array.from({ length: limit }, (_, number) => number).filter((number) => !taken.has(number));
}
