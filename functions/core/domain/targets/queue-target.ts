import type { Json } from '../json.ts';

/** A message to a queue of the team. */
export interface QueueTarget {
  readonly type: 'queue';
  /** Name of the declared queue. */
  readonly target: string;
  /** Message group of the tenant; null for none, or the id of the job in a FIFO queue. */
  readonly group: string | null;
  /** Payload of runs without one of their own; null for none. */
  readonly payload: Json | null;
}

/** An SQS queue that jobs may send messages to. */
export interface DeclaredQueue {
  readonly type: 'queue';
  readonly tenants?: readonly string[];
  /** ARN of the queue. */
  readonly queue: string;
}

/** Message groups that SQS accepts behind the longest id of a tenant and a separator: together at most 128 characters. */
export const QUEUE_GROUP = /^[A-Za-z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]{1,63}$/;

/** The rule in words, to follow "must be". */
export const QUEUE_GROUP_RULE = '1–63 letters, digits and punctuation characters of ASCII';
