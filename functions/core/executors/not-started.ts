import type { Outcome } from './execution.ts';
import { captureText } from './output/output.ts';

/** The outcome of an attempt whose target could not even be started, and why. */
export function notStarted(message: string): Outcome {
  return {
    status: 'error',
    exitCode: null,
    message,
    stdout: captureText(''),
    stderr: captureText(message),
    durationMs: 0,
    itemsProcessed: 0,
    meta: null,
  };
}
