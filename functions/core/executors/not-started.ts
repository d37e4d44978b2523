import type { Outcome } from './executor.ts';
import { outputOf } from './output.ts';

/** The outcome of an attempt whose target could not even be started, and why. */
export function notStarted(message: string): Outcome {
  return {
    status: 'error',
    exitCode: null,
    message,
    stdout: outputOf(''),
    stderr: outputOf(message),
    durationMs: 0,
    itemsProcessed: 0,
    meta: null,
  };
}
