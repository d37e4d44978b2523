import { rmSync } from 'node:fs';
import { startTestSystem, type TestSystem } from './test-system.ts';

let shared: Promise<TestSystem> | undefined;

/**
 * Returns the local system that the test files of one worker process share, and starts it for the first of them. Its
 * functions stay warm, which takes less time than the tests of most files.
 *
 * Each test uses a tenant of its own (`freshTenant`). A file that moves the clock, sets variables, reads all logs or
 * damages a table starts its own system (`startTestSystem`) instead.
 *
 * `stop()` of the returned system ends the use by one file: it rejects if a function made a call that its IAM role
 * denies. The system itself ends with the process.
 */
export async function shareTestSystem(): Promise<TestSystem> {
  shared ??= startShared();
  const system = await shared;
  const firstEntry = system.logs.length;
  return { ...system, stop: async () => system.assertPermitted(firstEntry) };
}

async function startShared(): Promise<TestSystem> {
  const system = await startTestSystem();
  // Vitest ends its workers with SIGTERM. The services are children and threads of the worker, and end with it.
  process.once('SIGTERM', () => {
    rmSync(system.dataDir, { recursive: true, force: true });
    process.kill(process.pid, 'SIGKILL');
  });
  return system;
}
