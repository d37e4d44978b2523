import { parentPort, workerData } from 'node:worker_threads';
import '../../simulation/driver/environment.ts';
import { measureVirtual } from './measure-virtual.ts';

/** Thread of one measurement in virtual time, because the simulation replaces the clock of its thread. */
parentPort?.postMessage(await measureVirtual(workerData as string | undefined));
