import type { Outcome } from './execution.ts';
import { captureText } from './output/output.ts';

/**
 * Creates the outcome of an attempt whose target could not start.
 *
 * @param message the reason
 */
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
