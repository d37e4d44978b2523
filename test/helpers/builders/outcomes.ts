import type { Outcome } from '../../../functions/core/executors/execution.ts';
import { captureText } from '../../../functions/core/executors/output/output.ts';

export function anOutcome(overrides: Partial<Outcome> = {}): Outcome {
  return {
    status: 'ok',
    exitCode: 0,
    message: null,
    stdout: captureText('done\n'),
    stderr: captureText(''),
    durationMs: 12,
    itemsProcessed: 0,
    meta: null,
    ...overrides,
  };
}
