import { truncateStart } from '../../core/domain/text.ts';

/** Bytes that an output has in JSON, without the quotes. */
export const jsonBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2;

/** Returns the end of an output that has at most `most` bytes in JSON. */
export function lastBytes(text: string, most: number): string {
  if (jsonBytes(text) <= most) return text;
  // No character has less than one byte in JSON, so this is at most what is to be kept.
  let rest = truncateStart(text, Math.max(0, most));
  for (let over = jsonBytes(rest) - most; over > 0 && rest !== ''; over = jsonBytes(rest) - most) {
    rest = truncateStart(rest, rest.length - Math.ceil(over / 6));
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
export const outputTails = (stdout: string, stderr: string): OutputTails => ({
  stdout_tail: lastBytes(stdout, TAIL_BYTES),
  stderr_tail: lastBytes(stderr, TAIL_BYTES),
});
