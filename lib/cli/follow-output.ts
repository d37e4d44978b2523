import { setTimeout as sleep } from 'node:timers/promises';
import { hasEnded, type RunWithOutputView } from './api-types.ts';
import type { CommandContext } from './context.ts';
import { getRun } from './wait-for-run.ts';

const MIN_POLL_INTERVAL_MS = 250;
const MAX_POLL_INTERVAL_MS = 3_000;

/**
 * Prints the output of a script run as it is written.
 *
 * @returns the run after it has ended
 */
export async function followOutput(context: CommandContext, job: string, runId: string): Promise<RunWithOutputView> {
  const { api, note } = context;
  const [out, err] = [createLineBuffer(context.print), createLineBuffer(note)];
  let [status, attempt] = ['', 0];
  let position: string | undefined;
  for (let pause = MIN_POLL_INTERVAL_MS; ; pause = Math.min(MAX_POLL_INTERVAL_MS, pause * 1.3)) {
    const run = await getRun(api, job, runId, position);
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
    [status, attempt, position] = [run.status, run.attempt, run.output_next];
    await sleep(pause);
  }
}

/** Buffers output until its line ends. */
function createLineBuffer(print: (text: string) => void) {
  let pending = '';
  return {
    add(text: string): void {
      pending += text;
      const end = pending.lastIndexOf('\n');
      if (end >= 0) print(pending.slice(0, end));
      pending = pending.slice(end + 1);
    },
    end(): void {
      if (pending !== '') print(pending);
      pending = '';
    },
  };
}
