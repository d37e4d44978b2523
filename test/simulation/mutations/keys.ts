import type { Mutation } from './mutation.ts';

const inKeys = (named: string) => ({ file: 'test/simulation/concurrency-keys.test.ts', named });

const inThrottle = (named: string) => ({ file: 'test/simulation/throttle.test.ts', named });

/** Guards of concurrency keys and throttles. */
export const KEY_MUTATIONS: readonly Mutation[] = [
  {
    guard: 'key.claim',
    as: 'false',
    why: 'starts no run beside as many of its value as its job allows',
    test: inKeys('waits while as many runs with the same value'),
  },
  {
    guard: 'key.limit',
    as: 'true',
    why: 'gives no run a slot beyond the limit',
    test: inKeys('waits while as many runs with the same value'),
  },
  {
    guard: 'key.line-first',
    as: 'const isFirst = true;',
    why: 'lets no run overtake those that wait',
    test: inKeys('does not overtake a run that waits for the same value'),
  },
  {
    guard: 'key.wait.recheck',
    as: 'await putInLine(db, run, now());',
    why: 'admits a run that begins to wait while the slot becomes free',
    test: inKeys('is admitted by the run that begins to wait'),
  },
  {
    guard: 'key.wait.queued',
    as: "exists('pk')",
    why: 'puts no run in the line that was canceled since it was read',
    test: inKeys('does not begin to wait after it was canceled'),
  },
  {
    guard: 'key.admit.waiting',
    as: "exists('pk')",
    why: 'admits no run that was canceled since it was read',
    test: inKeys('is not admitted after it was canceled'),
  },
  {
    guard: 'key.admit.holder',
    as: 'names',
    why: 'admits a run that holds a slot and stands in the line',
    test: inKeys('starts although it joins the line while it holds a slot'),
  },
  {
    guard: 'key.admit.limit',
    as: 'true',
    why: 'admits no run beyond the limit',
    test: inKeys('waits while as many runs with the same value'),
  },
  {
    guard: 'key.slots.as-read',
    as: "absent('unknown')",
    why: 'gives a slot to one of two runs that take it at the same time',
    test: inKeys('takes no slot that another run takes'),
  },
  {
    guard: 'key.ended-holder',
    as: 'return holders;',
    why: 'frees the slots of runs that ended without doing so',
    test: inKeys('starts although the run before it ended without freeing its slot'),
  },
  {
    guard: 'key.lock.slot',
    as: 'true',
    why: 'lets no run keep its slot while it waits for the lock',
    test: inKeys('gives up its slot to the run that holds the lock'),
  },
  {
    guard: 'key.line.ended',
    as: 'const hasEnded = false;',
    why: 'removes places in the line of runs without a row',
    test: inKeys('leaves no place in the line of a run whose row is gone'),
  },
  {
    guard: 'key.release.line',
    why: 'removes a canceled run from the line',
    test: inKeys('leaves the line if it is canceled while it waits'),
  },
  {
    guard: 'key.release.lock-left',
    why: 'frees the slot of a run whose end leaves the lock',
    test: inKeys('starts after the end of a run with the overlap policy skip'),
  },
  {
    guard: 'key.release.expired',
    why: 'frees the slot of a run that expires while it waits for a slot of its tenant',
    test: inKeys('gives its slot to the next run if it expires'),
  },
  {
    guard: 'throttle.as-read',
    as: "absent('unknown')",
    why: 'reserves the last start for one of two runs that take it at the same time',
    test: inThrottle('starts later if another process takes the last start'),
  },
  {
    guard: 'throttle.reserved',
    as: 'false',
    why: 'starts a run at the start that was reserved for it',
    test: inThrottle('starts at the next time at which fewer runs'),
  },
  {
    guard: 'throttle.move.as-read',
    why: 'leaves a run where a request has moved it',
    test: inThrottle('is not moved by a process that read it before it was moved'),
  },
  {
    guard: 'throttle.expiry',
    as: 'runAt ?? createdAt',
    why: 'counts an expiry from the time at which the run was to start',
    test: inThrottle('is canceled at its expiry, which counts from its creation'),
  },
  {
    guard: 'sweep.keys',
    why: 'admits runs for which the end of another one did not',
    test: inKeys('is found by the sweep behind many runs'),
  },
  {
    guard: 'sweep.keys.budget',
    as: 'const hasBudget = hasTime;',
    why: 'leaves time for the other parts of a sweep',
    test: inKeys('starts with one of several sweeps of bounded time'),
  },
  {
    guard: 'key.line.backfill',
    as: 'priority',
    why: 'lets no run of a backfill hold up the schedule of its job',
    test: inKeys('starts before the runs of a backfill'),
  },
];
