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

/** The permission to attempt a delivery, or the time until which it is postponed. */
export type Passage =
  | { readonly kind: 'attempt'; readonly circuit: Circuit | undefined; readonly timeoutMs: number }
  /** Epoch milliseconds. */
  | { readonly kind: 'postpone'; readonly until: number };

/** Postponed deliveries of a receiver are spread over this time, so that they do not arrive together. */
const SPREAD_MS = 30_000;

/** Decides whether a delivery may be attempted. Of several deliveries to a half-open receiver one is attempted. */
export async function passCircuit(
  { db, now, random }: Pick<Platform, 'db' | 'now' | 'random'>,
  { tenant, destination, tryUntil }: Delivery,
): Promise<Passage> {
  const circuit = await getCircuit(db, tenant, receiverOf(destination));
  const state = circuitState(circuit, now());
  const timeoutMs = circuit ? SHORT_ATTEMPT_TIMEOUT_MS : ATTEMPT_TIMEOUT_MS;
  if (!circuit || /* guard: circuit.closed */ state === 'closed') return { kind: 'attempt', circuit, timeoutMs };
  const probe = probing(circuit, now());
  if (state === 'half-open' && (await putCircuit(db, tenant, probe, circuit, now()))) {
    return { kind: 'attempt', circuit: probe, timeoutMs };
  }
  const until = Math.max(circuit.openUntil, now()) + Math.floor(random() * SPREAD_MS);
  // The last attempt is made in any case.
  return until < Date.parse(tryUntil) ? { kind: 'postpone', until } : { kind: 'attempt', circuit, timeoutMs };
}

/** Records the result of an attempt: a response closes the circuit, a timeout counts. */
export async function recordInCircuit(
  { db, now, random, log }: Pick<Platform, 'db' | 'now' | 'random' | 'log'>,
  { tenant, destination }: Delivery,
  seen: Circuit | undefined,
  result: SendResult,
): Promise<void> {
  const receiver = receiverOf(destination);
  if (result.kind !== 'failed' || !result.isTimeout) {
    if (seen) await removeCircuit(db, tenant, receiver);
    return;
  }
  const circuit = afterTimeout(receiver, seen, now(), random());
  // A concurrent attempt has counted its own timeout.
  if (!(await putCircuit(db, tenant, circuit, seen, now()))) return;
  if (circuit.openUntil > 0) log.info('circuit.opened', { tenant, receiver, timeouts: circuit.timeouts });
}
