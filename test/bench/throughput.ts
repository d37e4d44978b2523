import { startTestSystem } from '../helpers/system/test-system.ts';
import { waitUntil } from '../helpers/wait.ts';
import { median, printTable } from './table.ts';

const RUNS = 200;
/** Number of concurrent triggers. */
const CLIENTS = 8;
const TIMEOUT_MS = 300_000;

interface RunRow {
  readonly status: string;
  readonly created_at: string;
  readonly started_at: string;
  readonly finished_at: string;
  readonly execution_ms: number;
}

/** Measures the throughput of `echo` runs in the local system, from the HTTP request to the end of the run. */
export async function measureThroughput(): Promise<void> {
  const system = await startTestSystem();
  try {
    const client = await system.as('bench');
    const job = { id: 'echo', name: 'Echo', script: 'echo', args: ['hello'], overlap_policy: 'allow' };
    const defined = await client.post('/jobs', job);
    if (defined.status !== 201) throw new Error(`POST /jobs returned ${defined.status}`);
    // The first runs start the functions' processes.
    for (let i = 0; i < CLIENTS; i++) await client.post('/jobs/echo/run');

    const trigger = async () => {
      const { status } = await client.post('/jobs/echo/run', undefined, { prefer: 'respond-async' });
      if (status !== 202) throw new Error(`POST /jobs/echo/run returned ${status}`);
    };
    let left = RUNS;
    const begin = performance.now();
    await Promise.all(
      Array.from({ length: CLIENTS }, async () => {
        while (left-- > 0) await trigger();
      }),
    );
    const triggeredMs = performance.now() - begin;
    const newest = async () => (await client.get(`/jobs/echo/runs?limit=${RUNS}`)).body.runs as readonly RunRow[];
    const runs = await waitUntil(
      async () => {
        const rows = await newest();
        return rows.every(({ status }) => status === 'ok') && rows;
      },
      { timeoutMs: TIMEOUT_MS, what: `the end of all ${RUNS} runs` },
    );
    print(runs, triggeredMs);
  } finally {
    await system.stop();
  }
}

function print(runs: readonly RunRow[], triggeredMs: number): void {
  const created = runs.map((run) => Date.parse(run.created_at));
  const finished = runs.map((run) => Date.parse(run.finished_at));
  const seconds = (Math.max(...finished) - Math.min(...created)) / 1_000;
  const between = (from: 'created_at' | 'started_at', to: 'started_at' | 'finished_at') =>
    Math.round(median(runs.map((run) => Date.parse(run[to]) - Date.parse(run[from]))));
  printTable(
    `Throughput of the local system (${RUNS} runs of echo, ${CLIENTS} triggers at once)`,
    ['what', 'value'],
    [
      ['runs per second, first trigger to last end', round(runs.length / seconds)],
      ['triggers per second', round(runs.length / (triggeredMs / 1_000))],
      ['ms queued (median)', between('created_at', 'started_at')],
      ['ms from claim to end (median)', between('started_at', 'finished_at')],
      ['ms of the script itself (median)', median(runs.map((run) => run.execution_ms))],
    ],
  );
}

const round = (value: number) => Math.round(value * 10) / 10;
