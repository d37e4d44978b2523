/** The priorities of runs, most urgent first. Runs of a tenant that wait for a slot are admitted in this order. */
export const PRIORITIES = [1, 2, 3, 4, 5] as const;
export type Priority = (typeof PRIORITIES)[number];

/** The priority of runs without one. */
export const DEFAULT_PRIORITY = 3;
