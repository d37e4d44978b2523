import { jsonBytes, lastBytes } from './output-tail.ts';
import type { RunView } from './run-view.ts';

const OUTPUTS = ['stdout', 'stderr', 'stdout_tail', 'stderr_tail'] as const;

/**
 * Runs whose JSON has at most `most` bytes, by shortening the longest outputs to one common length, beginning first: the
 * end of an output says how it went. No run is left out.
 */
export function fitRuns(runs: readonly RunView[], most: number): readonly RunView[] {
  const total = Buffer.byteLength(JSON.stringify(runs));
  if (total <= most) return runs;
  const lengths = runs.flatMap((run) => OUTPUTS.map((output) => jsonBytes(run[output])));
  const outputs = lengths.reduce((sum, length) => sum + length, 0);
  const cap = commonCap(lengths, most - (total - outputs));
  return runs.map((run) => shortened(run, cap));
}

/** A run that shows the ends of its outputs only, of at most so many bytes in JSON each. */
export function shortened(run: RunView, most: number): RunView {
  const [stdout, stderr] = [lastBytes(run.stdout, most), lastBytes(run.stderr, most)];
  const isShorter = stdout !== run.stdout || stderr !== run.stderr;
  if (!isShorter) return run;
  const tails = { stdout_tail: lastBytes(run.stdout_tail, most), stderr_tail: lastBytes(run.stderr_tail, most) };
  return { ...run, stdout, stderr, ...tails, output_truncated: true };
}

/** The greatest length such that, with none longer than it, all of them fit in `room`. */
function commonCap(lengths: readonly number[], room: number): number {
  let left = Math.max(0, room);
  const ascending = [...lengths].sort((a, b) => a - b);
  for (const [i, length] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - i));
    if (length > share) return share;
    left -= length;
  }
  return Number.POSITIVE_INFINITY;
}
