import type { JobView } from '../../functions/api/pipelines/job-view.ts';
import { STOP_MODES } from '../../functions/core/domain/flow/stop.ts';
import { pipelinesClient } from '../helpers/clients/pipelines.ts';
import { startTestSystem } from '../helpers/system/test-system.ts';
import { waitUntil } from '../helpers/wait.ts';
import { median, printTable } from './table.ts';

const ROUNDS = 5;

/** Measures the time from a stop request to Stopped, and from a restart request to Running, in the local system. */
export async function measureStops(): Promise<void> {
  const system = await startTestSystem();
  try {
    const pipelines = pipelinesClient(await system.as('bench'));
    await pipelines.define('ticking', {
      pageSize: 10,
      parallelism: 4,
      sources: [{ type: 'generate', count: 1_000_000, rate: 200 }],
      sinks: [{ type: 'preview' }],
    });
    let id = await pipelines.start('ticking');
    await at(pipelines.job, id, isAtWork);
    const rows = [];
    for (const mode of STOP_MODES) {
      const [stops, restarts]: [number[], number[]] = [[], []];
      for (let round = 0; round < ROUNDS; round++) {
        let begin = performance.now();
        await pipelines.api.post(`/api/v1/jobs/${id}/stop`, { mode });
        await at(pipelines.job, id, ({ state }) => state === 'Stopped');
        stops.push(performance.now() - begin);
        begin = performance.now();
        const restarted = await pipelines.api.post<{ new_job_id: string }>(`/api/v1/jobs/${id}/restart`, {});
        id = restarted.body.new_job_id;
        await at(pipelines.job, id, ({ state }) => state === 'Running');
        restarts.push(performance.now() - begin);
        await at(pipelines.job, id, isAtWork);
      }
      rows.push([mode, Math.round(median(stops)), Math.round(median(restarts))]);
    }
    printTable(
      `Stop and restart of a pipeline of 4 tasks that are at work (local system, median of ${ROUNDS}, in ms)`,
      ['mode', 'stop → Stopped', 'restart → Running'],
      rows,
    );
  } finally {
    await system.stop();
  }
}

const isAtWork = ({ state, metrics }: JobView) => state === 'Running' && metrics.records_out > 0;

const at = (job: (id: string) => Promise<JobView>, id: string, isSo: (view: JobView) => boolean) =>
  waitUntil(async () => isSo(await job(id)), { timeoutMs: 60_000, what: `the expected state of job ${id}` });
