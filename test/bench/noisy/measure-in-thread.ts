import { Worker } from 'node:worker_threads';
import type { VirtualFigures } from './measure-virtual.ts';

/**
 * Measures a tenant beside an attack in a thread of its own, because the simulation replaces the clock of its thread.
 *
 * @param attack name of the attack. @defaultValue the tenant is alone
 * @throws the error of the measurement
 */
export function measureInThread(attack?: string): Promise<VirtualFigures> {
  const worker = new Worker(new URL('./virtual-worker.ts', import.meta.url), { workerData: attack });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the thread ended with code ${code}`)));
  });
}
