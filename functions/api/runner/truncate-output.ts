import { jsonByteLength, truncateToLastBytes } from './output-tail.ts';
import type { RunView } from './run-view.ts';

const OUTPUT_FIELDS = ['stdout', 'stderr', 'stdout_tail', 'stderr_tail'] as const;

/**
 * Runs whose JSON has at most `most` bytes, by shortening the longest outputs to one common length, beginning first: the
 * end of an output says how it went. No run is left out.
 */
export function truncateOutputsToFit(runs: readonly RunView[], maxBytes: number): readonly RunView[] {
  const total = Buffer.byteLength(JSON.stringify(runs));
  if (total <= maxBytes) return runs;
  const lengths = runs.flatMap((run) => OUTPUT_FIELDS.map((output) => jsonByteLength(run[output])));
  const outputs = lengths.reduce((sum, length) => sum + length, 0);
  const cap = largestCommonLength(lengths, maxBytes - (total - outputs));
  return runs.map((run) => truncateOutputs(run, cap));
}

/** A run that shows the ends of its outputs only, of at most so many bytes in JSON each. */
export function truncateOutputs(run: RunView, maxBytes: number): RunView {
  const [stdout, stderr] = [truncateToLastBytes(run.stdout, maxBytes), truncateToLastBytes(run.stderr, maxBytes)];
  const isShorter = stdout !== run.stdout || stderr !== run.stderr;
  if (!isShorter) return run;
  const tails = {
    stdout_tail: truncateToLastBytes(run.stdout_tail, maxBytes),
    stderr_tail: truncateToLastBytes(run.stderr_tail, maxBytes),
  };
  return { ...run, stdout, stderr, ...tails, output_truncated: true };
}

/** The greatest length such that, with none longer than it, all of them fit in `room`. */
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
