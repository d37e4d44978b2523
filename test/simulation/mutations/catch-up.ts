import type { Mutation } from './mutation.ts';

const inCatchUp = (named: string) => ({ file: 'test/simulation/catch-up.test.ts', named });

/** Guards of ticks that are made up. */
export const CATCH_UP_MUTATIONS: readonly Mutation[] = [
  {
    guard: 'catch-up.tick-ulid',
    why: 'gives a tick that is made up the run of its late message',
    test: inCatchUp('runs every missed tick, oldest first'),
  },
  {
    guard: 'catch-up.ticks-once',
    as: 'ticks',
    why: 'keeps the ticks of the first of two sweeps',
    test: inCatchUp('makes up each tick once under two sweeps'),
  },
  {
    guard: 'catch-up.watermark',
    why: 'advances the watermark after the backfill is stored',
    test: inCatchUp('runs every missed tick, oldest first'),
  },
  {
    guard: 'catch-up.late',
    as: 'false',
    why: 'leaves late ticks to the sweep',
    test: inCatchUp('makes one run of a tick whose message is late'),
  },
  {
    guard: 'catch-up.paused',
    as: 'false',
    why: 'makes up the ticks of a pause',
    test: inCatchUp('makes up the ticks of a pause after it'),
  },
  {
    guard: 'catch-up.dead-letter',
    as: 'false',
    why: 'leaves ticks whose message became a dead letter to the sweep',
    test: inCatchUp('leaves a tick that became a dead letter to the sweep'),
  },
  {
    guard: 'catch-up.one',
    as: 'true',
    why: 'runs the ticks of two catch-ups one after the other',
    test: inCatchUp('runs later missed ticks after those of an earlier catch-up'),
  },
];
