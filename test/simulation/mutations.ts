import { OF_THE_EDGES } from './mutations/edges.ts';
import { OF_FLOWS } from './mutations/flows.ts';
import { OF_LOCKS } from './mutations/locks.ts';
import type { Mutation } from './mutations/mutation.ts';
import { OF_RUNS } from './mutations/runs.ts';
import { OF_THE_SWEEPER } from './mutations/sweeper.ts';
import { OF_WHAT_IS_TOLD } from './mutations/told.ts';

/** Every guard that is there for a fault, taken out. */
export const MUTATIONS: readonly Mutation[] = [
  ...OF_RUNS,
  ...OF_LOCKS,
  ...OF_THE_SWEEPER,
  ...OF_FLOWS,
  ...OF_WHAT_IS_TOLD,
  ...OF_THE_EDGES,
];
