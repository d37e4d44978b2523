import type { RunWithOutput } from './types.ts';

/** Reads a run with the output after a position, or with the whole output if `after` is `undefined`. */
type ReadRun = (after: string | undefined, signal: AbortSignal) => Promise<RunWithOutput>;

/** Returns a reader for polling one run. Each call requests only new output and returns the whole output. */
export function createRunReader(read: ReadRun): (signal: AbortSignal) => Promise<RunWithOutput> {
  let last: RunWithOutput | undefined;
  return async (signal) => {
    const before = last;
    const now = await read(before?.output_next, signal);
    // The output of a new attempt starts over.
    const goesOn = before?.output_next !== undefined && now.output_after === before.output_next;
    last = goesOn ? { ...now, stdout: before.stdout + now.stdout, stderr: before.stderr + now.stderr } : now;
    return last;
  };
}
