import { truncateStart } from '../../domain/text.ts';
import type { RunView } from './run-view.ts';

/** Bytes of a string in JSON, without its quotes. */
const jsonBytes = (text: string) => Buffer.byteLength(JSON.stringify(text)) - 2;

/**
 * Runs whose JSON has at most `most` bytes, by shortening the longest outputs to one common length, beginning first: the
 * end of an output says how it went. No run is left out.
 */
export function fitRuns(runs: readonly RunView[], most: number): readonly RunView[] {
  const total = Buffer.byteLength(JSON.stringify(runs));
  if (total <= most) return runs;
  const lengths = runs.flatMap(({ stdout, stderr }) => [jsonBytes(stdout), jsonBytes(stderr)]);
  const outputs = lengths.reduce((sum, length) => sum + length, 0);
  const cap = commonCap(lengths, most - (total - outputs));
  return runs.map((run) => shortened(run, cap));
}

/** A run that shows the ends of its outputs only, of at most so many bytes in JSON each. */
export function shortened(run: RunView, most: number): RunView {
  const [stdout, stderr] = [lastBytes(run.stdout, most), lastBytes(run.stderr, most)];
  const isShorter = stdout !== run.stdout || stderr !== run.stderr;
  return isShorter ? { ...run, stdout, stderr, output_truncated: true } : run;
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

/** The end of `text` that has at most `most` bytes in JSON. */
function lastBytes(text: string, most: number): string {
  if (jsonBytes(text) <= most) return text;
  // No character has less than one byte in JSON, so this is at most what is to be kept.
  let rest = truncateStart(text, Math.max(0, most));
  for (let over = jsonBytes(rest) - most; over > 0 && rest !== ''; over = jsonBytes(rest) - most) {
    rest = truncateStart(rest, rest.length - Math.ceil(over / 6));
  }
  return rest;
}
