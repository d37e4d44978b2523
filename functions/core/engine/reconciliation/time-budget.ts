/** Whether an invocation may go on; it ends a while before it would be ended. */
export type HasTime = () => boolean;

/** Waits for so many milliseconds. @throws OutOfTime when there is no time for it */
export type Pause = (ms: number) => Promise<void>;

/** There is too much to do for one invocation. */
export class OutOfTimeError extends Error {}
