/** Events that jobs can notify of by `on_failure`, `on_success` and `on_late`, and the success after failures. */
export const NOTIFICATION_KINDS = ['failure', 'success', 'late_start', 'late_finish', 'recovered'] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

/** @returns whether the event ends what an earlier event of the job reported */
export const isResolution = (kind: NotificationKind): boolean => kind === 'success' || kind === 'recovered';
