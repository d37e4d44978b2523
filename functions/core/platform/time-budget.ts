/** Returns whether the invocation has time left. `false` some time before Lambda ends the invocation. */
export type HasTime = () => boolean;

/**
 * Waits for a number of milliseconds.
 *
 * @throws OutOfTimeError if the invocation has not enough time left
 */
export type Pause = (ms: number) => Promise<void>;

/** The work does not fit into the rest of the invocation. */
export class OutOfTimeError extends Error {}
