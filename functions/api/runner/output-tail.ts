import { truncateStart } from '../../core/domain/text.ts';

/** Bytes that an output has in JSON, without the quotes. */
export const jsonByteLength = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2;

/** Returns the end of an output that has at most `most` bytes in JSON. */
export function truncateToLastBytes(text: string, maxBytes: number): string {
  if (jsonByteLength(text) <= maxBytes) return text;
  // No character has less than one byte in JSON, so this is at most what is to be kept.
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

/** Bytes in JSON of each of `stdout_tail` and `stderr_tail`. */
const TAIL_BYTES = 1_000;

/** The ends of a run's outputs, as every list of runs can show them. */
export interface OutputTails {
  readonly stdout_tail: string;
  readonly stderr_tail: string;
}

/** Returns the ends of both outputs. */
export const toOutputTails = (stdout: string, stderr: string): OutputTails => ({
  stdout_tail: truncateToLastBytes(stdout, TAIL_BYTES),
  stderr_tail: truncateToLastBytes(stderr, TAIL_BYTES),
});
