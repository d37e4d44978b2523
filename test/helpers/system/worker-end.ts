/** Clean-ups of resources that the test files of this worker process share. */
const cleanups: (() => unknown)[] = [];

/**
 * Runs a clean-up when Vitest ends the worker process, which it does with SIGTERM after the worker's last file. The
 * process exits after all clean-ups; services in it need none.
 */
export function onWorkerEnd(cleanup: () => unknown): void {
  if (cleanups.length === 0) process.once('SIGTERM', () => void endWorker());
  cleanups.push(cleanup);
}

async function endWorker(): Promise<void> {
  await Promise.allSettled(cleanups.map(async (cleanup) => cleanup()));
  // The threads of functions would delay `process.exit()`.
  process.kill(process.pid, 'SIGKILL');
}
