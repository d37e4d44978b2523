import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiClient, path } from './api.ts';
import { hasEnded, type RunWithOutputView } from './api-types.ts';

const MIN_POLL_INTERVAL_MS = 250;
const MAX_POLL_INTERVAL_MS = 3_000;

/** @param after output position (`output_next`); only later output is included */
export async function getRun(api: ApiClient, job: string, runId: string, after?: string): Promise<RunWithOutputView> {
  return (await api.get<{ readonly run: RunWithOutputView }>(path`/jobs/${job}/runs/${runId}`, { output_after: after }))
    .run;
}

/**
 * Polls a run until it has ended.
 *
 * @param onChange called at each other status
 */
export async function waitForRun(
  api: ApiClient,
  job: string,
  runId: string,
  onChange: (run: RunWithOutputView) => void = () => {},
): Promise<RunWithOutputView> {
  let status = '';
  for (let pause = MIN_POLL_INTERVAL_MS; ; pause = Math.min(MAX_POLL_INTERVAL_MS, pause * 1.3)) {
    const run = await getRun(api, job, runId);
    if (hasEnded(run)) return run;
    if (run.status !== status) onChange(run);
    status = run.status;
    await sleep(pause);
  }
}
