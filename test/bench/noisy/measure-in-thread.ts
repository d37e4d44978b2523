import { Worker } from 'node:worker_threads';
import type { VirtualFigures } from './measure-virtual.ts';

/** Scripts for trials, which a build lists (`core/platform/known-scripts.ts`). */
const SCRIPTS = ['echo', 'fail', 'sleep'];

/**
 * Measures a tenant beside an attack in a thread of its own, because the simulation replaces the clock of its thread.
 *
 * @param attack name of the attack. @defaultValue the tenant is alone
 * @throws the error of the measurement
 */
export function measureInThread(attack?: string): Promise<VirtualFigures> {
  const env = { ...process.env, JOBDECK_SCRIPTS: JSON.stringify(SCRIPTS) };
  const worker = new Worker(new URL('./virtual-worker.ts', import.meta.url), { workerData: attack, env });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the thread ended with code ${code}`)));
  });
}
