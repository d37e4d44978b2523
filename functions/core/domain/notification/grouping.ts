/** At most one message goes for each job and kind in so many milliseconds. */
export const GROUPING_INTERVAL_MS = 60_000;

/** The newest message of a job and kind: the one that gathers, if any does. */
export interface NotificationGroup {
  readonly delivery: string;
  readonly destination: string;
  /** When it goes, or went. */
  readonly dueAt: string;
}

/** Where a notice finds its place. */
export type GroupPlacement =
  /** In the message that is not gone yet. */
  | { readonly join: string }
  /** In a new message, at once. */
  | { readonly dueAt: number; readonly folded: false }
  /** In a new message, which gathers until a minute after the one before it. */
  | { readonly dueAt: number; readonly folded: true };

/**
 * Folds a storm: the first notice goes at once, what comes within a minute goes together at its end, and so on, minute by
 * minute, until one passes in silence.
 *
 * @param slot undefined before the first message
 * @param sealed the slot's message has been tried, which fixed its content, although it should not be due yet
 * @param now epoch milliseconds
 */
export function placeInGroup(
  slot: NotificationGroup | undefined,
  destination: string,
  now: number,
  sealed = false,
): GroupPlacement {
  // What is told to others does not hold this up.
  if (!slot || slot.destination !== destination) return { dueAt: now, folded: false };
  const last = Date.parse(slot.dueAt);
  if (last > now && !sealed) return { join: slot.delivery };
  if (last + GROUPING_INTERVAL_MS <= now) return { dueAt: now, folded: false };
  return { dueAt: last + GROUPING_INTERVAL_MS, folded: true };
}
