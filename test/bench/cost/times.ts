import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ScriptTarget } from '../../../functions/core/domain/job.ts';
import { processRunMessage } from '../../../functions/core/engine/execute/process-run-message.ts';
import { ScriptRunner } from '../../../functions/core/executors/script/script-runner.ts';
import { ensureBuild } from '../../../lib/local/build.ts';
import { startTestStore } from '../../helpers/system/test-store.ts';
import { CapacityMeter } from '../capacity-meter.ts';
import { jobInUse, newBench, tick } from '../writes.ts';

/** CPU time of a run. */
export interface RunTimes {
  readonly workerCpuMs: number;
  readonly dispatcherCpuMs: number;
}

const TARGET: ScriptTarget = { type: 'script', script: 'echo', args: ['hello'], env: {} };
const WARM_UP = 10;
const RUNS = 60;
/** Milliseconds of a clock tick in /proc, `sysconf(_SC_CLK_TCK)` of Linux. */
const CLOCK_TICK_MS = 10;

/** Measures the CPU time of dispatcher and worker for a script that ends at once, with the production code. */
export async function measureTimes(): Promise<RunTimes> {
  const store = await startTestStore();
  const scripts = new ScriptRunner({ directory: join(await ensureBuild(), 'bundles', 'worker') });
  try {
    const { platform, meter } = newBench(store.db, new CapacityMeter(store.db.client));
    const job = await jobInUse({ platform, meter }, { target: TARGET });
    let [dispatcherCpuMs, workerCpuMs] = [0, 0];
    for (let i = -WARM_UP; i < RUNS; i++) {
      const before = process.cpuUsage();
      await tick(platform, job);
      const { user, system } = process.cpuUsage(before);
      const message = platform.sent.shift();
      if (!message) throw new Error('no run message was sent');
      const worker = await cpuOf(() =>
        processRunMessage(platform, (execution) => scripts.run(TARGET, execution), message),
      );
      if (i < 0) continue;
      dispatcherCpuMs += (user + system) / 1_000 / RUNS;
      workerCpuMs += worker / RUNS;
    }
    return { workerCpuMs, dispatcherCpuMs };
  } finally {
    await scripts.close();
    await store.stop();
  }
}

/** Returns the CPU time of this process and of its ended children in milliseconds. */
async function cpuOf(work: () => Promise<void>): Promise<number> {
  const before = cpuMs();
  await work();
  return cpuMs() - before;
}

/** Reads utime, stime, cutime and cstime of this process. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function cpuMs(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
  return fields.slice(11, 15).reduce((total, ticks) => total + Number(ticks), 0) * CLOCK_TICK_MS;
}
