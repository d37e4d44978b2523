import type { RunWithOutput } from './types.ts';

/** Reads a run with the output that follows a place; with all of it, when there is none. */
type ReadRun = (after: string | undefined, signal: AbortSignal) => Promise<RunWithOutput>;

/** For reading one run again and again: only what is new of its output travels, and all of it is given. */
export function createRunReader(read: ReadRun): (signal: AbortSignal) => Promise<RunWithOutput> {
  let last: RunWithOutput | undefined;
  return async (signal) => {
    const before = last;
    const now = await read(before?.output_next, signal);
    // Another attempt begins anew.
    const goesOn = before?.output_next !== undefined && now.output_after === before.output_next;
    last = goesOn ? { ...now, stdout: before.stdout + now.stdout, stderr: before.stderr + now.stderr } : now;
    return last;
  };
}
