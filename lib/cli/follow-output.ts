import { setTimeout as sleep } from 'node:timers/promises';
import { hasEnded, type Run } from './api-types.ts';
import type { CommandContext } from './context.ts';
import { getRun } from './wait-for-run.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 3_000;

/**
 * Prints the output of a script run as it is written.
 *
 * @returns the run after it has ended
 */
export async function followOutput(context: CommandContext, job: string, runId: string): Promise<Run> {
  const { api, note } = context;
  const [out, err] = [inLines(context.print), inLines(note)];
  let [status, attempt] = ['', 0];
  let place: string | undefined;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 1.3)) {
    const run = await getRun(api, job, runId, place);
    if (run.attempt > Math.max(1, attempt)) {
      for (const stream of [out, err]) stream.end();
      note(`${run.run_id}: attempt ${run.attempt}`);
    }
    out.add(run.stdout);
    err.add(run.stderr);
    if (hasEnded(run)) {
      for (const stream of [out, err]) stream.end();
      return run;
    }
    if (run.status !== status) note(`${run.run_id} is ${run.status} …`);
    [status, attempt, place] = [run.status, run.attempt, run.output_next];
    await sleep(pause);
  }
}

/** Buffers output until its line ends. */
function inLines(print: (text: string) => void) {
  let held = '';
  return {
    add(text: string): void {
      held += text;
      const end = held.lastIndexOf('\n');
      if (end >= 0) print(held.slice(0, end));
      held = held.slice(end + 1);
    },
    end(): void {
      if (held !== '') print(held);
      held = '';
    },
  };
}
