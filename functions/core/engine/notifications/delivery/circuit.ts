import {
  afterTimeout,
  type Circuit,
  circuitState,
  probing,
  receiverOf,
} from '../../../domain/notification/circuit-breaker.ts';
import type { Delivery } from '../../../domain/notification/delivery.ts';
import { ATTEMPT_TIMEOUT_MS, SHORT_ATTEMPT_TIMEOUT_MS } from '../../../domain/notification/delivery-retry.ts';
import type { Platform } from '../../../platform/platform.ts';
import { getCircuit, putCircuit, removeCircuit } from '../../../store/circuits.ts';
import type { SendResult } from './send-types.ts';

/** The permission to attempt a delivery. */
interface Attempt {
  readonly kind: 'attempt';
  readonly circuit: Circuit | undefined;
  readonly timeoutMs: number;
  /** The attempt is the only one at a half-open receiver. @defaultValue false */
  readonly isProbe?: boolean;
}

/** The permission to attempt a delivery, or the time until which it is postponed. */
export type AttemptDecision =
  | Attempt
  /** Epoch milliseconds. */
  | { readonly kind: 'postpone'; readonly until: number };

/** Postponed deliveries of a receiver are spread over this time, so that they do not arrive together. */
const SPREAD_MS = 30_000;

/**
 * Decides whether a delivery may be attempted. Of several deliveries to a half-open receiver one is attempted, with the
 * whole time for its response, so that a slow receiver closes the circuit.
 */
export async function decideAttempt(
  { db, now, random }: Pick<Platform, 'db' | 'now' | 'random'>,
  { tenant, destination, tryUntil }: Delivery,
): Promise<AttemptDecision> {
  const circuit = await getCircuit(db, tenant, receiverOf(destination));
  const state = circuitState(circuit, now());
  const timeoutMs = ATTEMPT_TIMEOUT_MS;
  if (!circuit) return { kind: 'attempt', circuit, timeoutMs };
  if (/* guard: circuit.closed */ state === 'closed') {
    return { kind: 'attempt', circuit, timeoutMs: SHORT_ATTEMPT_TIMEOUT_MS };
  }
  const probe = probing(circuit, now());
  if (state === 'half-open' && (await putCircuit(db, tenant, probe, circuit, now()))) {
    return { kind: 'attempt', circuit: probe, timeoutMs, isProbe: true };
  }
  const until = Math.max(circuit.openUntil, now()) + Math.floor(random() * SPREAD_MS);
  // The last attempt is made in any case.
  return until < Date.parse(tryUntil) ? { kind: 'postpone', until } : { kind: 'attempt', circuit, timeoutMs };
}

/**
 * Records the result of an attempt: a response closes the circuit, a timeout counts, and a request that did not reach
 * the receiver changes nothing.
 */
export async function recordInCircuit(
  { db, now, random, log }: Pick<Platform, 'db' | 'now' | 'random' | 'log'>,
  { tenant, destination }: Delivery,
  seen: Circuit | undefined,
  result: SendResult,
): Promise<void> {
  const receiver = receiverOf(destination);
  const noAnswer = result.kind === 'delivered' ? undefined : result.noAnswer;
  if (/* guard: circuit.not-reached */ noAnswer === 'not-reached') return;
  if (noAnswer === undefined) {
    if (seen) await removeCircuit(db, tenant, receiver);
    return;
  }
  const circuit = afterTimeout(receiver, seen, now(), random());
  // A concurrent attempt has counted its own timeout.
  if (!(await putCircuit(db, tenant, circuit, seen, now()))) return;
  if (circuit.openUntil > 0) log.info('circuit.opened', { tenant, receiver, timeouts: circuit.timeouts });
}

/** Permits another attempt at a half-open receiver, after one that was not made. */
export async function returnProbe(
  { db, now }: Pick<Platform, 'db' | 'now'>,
  { tenant }: Delivery,
  { circuit, isProbe = false }: Attempt,
): Promise<void> {
  if (!circuit || !isProbe) return;
  await putCircuit(db, tenant, { ...circuit, openUntil: now(), revision: circuit.revision + 1 }, circuit, now());
}
