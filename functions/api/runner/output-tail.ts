import { truncateStart } from '../../core/domain/text.ts';

/** Returns the number of bytes of a string in JSON, without the quotes. */
export const jsonByteLength = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2;

/** Returns the longest end of an output that has at most `maxBytes` bytes in JSON. */
export function truncateToLastBytes(text: string, maxBytes: number): string {
  if (jsonByteLength(text) <= maxBytes) return text;
  // Each character has at least one byte in JSON, so this is an upper bound.
  let rest = truncateStart(text, Math.max(0, maxBytes));
  for (
    let excess = jsonByteLength(rest) - maxBytes;
    excess > 0 && rest !== '';
    excess = jsonByteLength(rest) - maxBytes
  ) {
    rest = truncateStart(rest, rest.length - Math.ceil(excess / 6));
  }
  return rest;
}

/** Maximum bytes in JSON of `stdout_tail` and of `stderr_tail`. */
const TAIL_BYTES = 1_000;

/** The ends of a run's outputs, short enough for any list of runs. */
export interface OutputTails {
  readonly stdout_tail: string;
  readonly stderr_tail: string;
}

export const toOutputTails = (stdout: string, stderr: string): OutputTails => ({
  stdout_tail: truncateToLastBytes(stdout, TAIL_BYTES),
  stderr_tail: truncateToLastBytes(stderr, TAIL_BYTES),
});
