import { measureCounterScale } from './scale-counters.ts';
import { measureDispatcherScale } from './scale-dispatcher.ts';
import { measureRegistrarScale } from './scale-registrar.ts';
import { measureSweeperScale } from './scale-sweeps.ts';

/** Measures how the cost of each part of the platform grows with its load. */
export async function measureScale(): Promise<void> {
  await measureDispatcherScale();
  await measureCounterScale();
  await measureRegistrarScale();
  await measureSweeperScale();
}
