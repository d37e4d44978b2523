/** Minimum time between two messages of the same job and kind, in milliseconds. */
export const GROUPING_INTERVAL_MS = 60_000;

/** The newest message of a job and kind, to which further notices may be added. */
export interface NotificationGroup {
  readonly delivery: string;
  readonly destination: string;
  /** Time at which the message is, or was, sent. */
  readonly dueAt: string;
}

/** The message to which a notice belongs. */
export type GroupPlacement =
  /** A message that has not been sent yet. */
  | { readonly join: string }
  /** A new message, sent at once. */
  | { readonly dueAt: number; readonly folded: false }
  /** A new message that collects notices until one minute after the previous message. */
  | { readonly dueAt: number; readonly folded: true };

/**
 * Groups notices to limit a burst: the first notice is sent at once, those within the next minute are sent together at
 * its end, and so on until a minute passes without a notice.
 *
 * @param group `undefined` before the first message
 * @param sealed an attempt to send the group's message has fixed its content although it is not yet due
 * @param now epoch milliseconds
 */
export function placeInGroup(
  group: NotificationGroup | undefined,
  destination: string,
  now: number,
  sealed = false,
): GroupPlacement {
  // Messages to another destination do not delay this one.
  if (!group || group.destination !== destination) return { dueAt: now, folded: false };
  const last = Date.parse(group.dueAt);
  if (last > now && !sealed) return { join: group.delivery };
  if (last + GROUPING_INTERVAL_MS <= now) return { dueAt: now, folded: false };
  return { dueAt: last + GROUPING_INTERVAL_MS, folded: true };
}
