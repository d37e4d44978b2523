import type { RetryPolicy } from '../job.ts';
import { retryDelayMs } from '../retry.ts';
import { DELIVERY_LEASE_MS } from './delivery-retry.ts';
import { parseDestination } from './destination.ts';

/**
 * The circuit breaker of a tenant's receiver that does not answer in time. Such deliveries occupy a deliverer for their
 * whole timeout; while the circuit is open they are postponed without an attempt.
 *
 * Closed: no circuit is stored, or fewer than `OPEN_AFTER` timeouts in a row. Open: until `openUntil`. Half-open:
 * afterwards one delivery is attempted; its result closes or opens the circuit.
 */
export interface Circuit {
  /** Name of the receiver (`receiverOf`). */
  readonly receiver: string;
  /** Number of timeouts without a response in between. */
  readonly timeouts: number;
  /** Epoch milliseconds until which deliveries are postponed; 0 while closed. */
  readonly openUntil: number;
  /** Number of writes of this circuit. */
  readonly revision: number;
}

/** Timeouts in a row that open a circuit. */
const OPEN_AFTER = 3;

/** From 15–30 s after the first opening to 8–15 min. */
const BACKOFF: RetryPolicy = { attempts: 1, backoff: 'exponential', delaySeconds: 30, maxDelaySeconds: 900 };

/** Returns the name of a destination's receiver: the host and port of a URL, `slack`, `pagerduty`, `email`, or
 * `teams` with its secret. */
export function receiverOf(destination: string): string {
  const parsed = parseDestination(destination);
  switch (parsed?.type) {
    case 'webhook':
      return new URL(parsed.url).host;
    case 'teams':
      return `teams ${parsed.secret}`;
    case 'pagerduty':
      return 'pagerduty';
    case 'email':
      return 'email';
    case 'slack':
    case undefined:
      return 'slack';
  }
}

export type CircuitState = 'closed' | 'open' | 'half-open';

export function circuitState(circuit: Circuit | undefined, now: number): CircuitState {
  if (!circuit || circuit.timeouts < OPEN_AFTER) return 'closed';
  return now < circuit.openUntil ? 'open' : 'half-open';
}

/** Returns the circuit while one delivery is attempted: others are postponed until its lease has expired. */
export const probing = (circuit: Circuit, now: number): Circuit => ({
  ...circuit,
  openUntil: now + DELIVERY_LEASE_MS,
  revision: circuit.revision + 1,
});

/**
 * Returns the circuit after a timeout.
 *
 * @param random in [0, 1)
 */
export function afterTimeout(receiver: string, circuit: Circuit | undefined, now: number, random: number): Circuit {
  const timeouts = (circuit?.timeouts ?? 0) + 1;
  const opens = timeouts - OPEN_AFTER + 1;
  const openUntil = opens > 0 ? now + retryDelayMs(BACKOFF, opens, random) : 0;
  return { receiver, timeouts, openUntil, revision: (circuit?.revision ?? 0) + 1 };
}
