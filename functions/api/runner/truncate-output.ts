import { jsonByteLength, truncateToLastBytes } from './output-tail.ts';
import type { RunView } from './run-view.ts';

const OUTPUT_FIELDS = ['stdout', 'stderr', 'stdout_tail', 'stderr_tail'] as const;

/**
 * Truncates the longest outputs to a common length so that the JSON of the runs has at most `maxBytes` bytes. The start
 * of an output is dropped, because its end explains the result. No run is omitted.
 */
export function truncateOutputsToFit<View extends RunView>(runs: readonly View[], maxBytes: number): readonly View[] {
  const total = Buffer.byteLength(JSON.stringify(runs));
  if (total <= maxBytes) return runs;
  const lengths = runs.flatMap((run) => OUTPUT_FIELDS.map((output) => jsonByteLength(run[output])));
  const outputs = lengths.reduce((sum, length) => sum + length, 0);
  const cap = largestCommonLength(lengths, maxBytes - (total - outputs));
  return runs.map((run) => truncateOutputs(run, cap));
}

/** Truncates each output of a run to its last `maxBytes` bytes in JSON. */
export function truncateOutputs<View extends RunView>(run: View, maxBytes: number): View {
  const [stdout, stderr] = [truncateToLastBytes(run.stdout, maxBytes), truncateToLastBytes(run.stderr, maxBytes)];
  const isShorter = stdout !== run.stdout || stderr !== run.stderr;
  if (!isShorter) return run;
  const tails = {
    stdout_tail: truncateToLastBytes(run.stdout_tail, maxBytes),
    stderr_tail: truncateToLastBytes(run.stderr_tail, maxBytes),
  };
  return { ...run, stdout, stderr, ...tails, output_truncated: true };
}

/** Returns the largest length such that all outputs, each truncated to it, fit in `availableBytes`. */
function largestCommonLength(lengths: readonly number[], availableBytes: number): number {
  let left = Math.max(0, availableBytes);
  const ascending = [...lengths].sort((a, b) => a - b);
  for (const [i, length] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - i));
    if (length > share) return share;
    left -= length;
  }
  return Number.POSITIVE_INFINITY;
}
