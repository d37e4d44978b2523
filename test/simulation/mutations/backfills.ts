import type { Mutation } from './mutation.ts';

const inBackfills = (named: string) => ({ file: 'test/simulation/backfills.test.ts', named });

/** Guards of backfills. */
export const BACKFILL_MUTATIONS: readonly Mutation[] = [
  {
    guard: 'backfill.create.mark',
    why: 'has the sweep read the backfills of the tenant',
    test: inBackfills('costs the sweep of a tenant without backfills no query'),
  },
  {
    guard: 'backfill.lock',
    as: 'false',
    why: 'leaves lock and waiting place of the job to the schedule',
    test: inBackfills('takes no lock under the policy'),
  },
  {
    guard: 'backfill.claim',
    as: 'true',
    why: 'executes a run of a backfill while another run of the job holds the lock',
    test: inBackfills('takes no lock under the policy'),
  },
  {
    guard: 'backfill.ticks.first',
    why: 'stores the ticks before the backfill',
    test: inBackfills('starts one run for each tick of its range'),
  },
  {
    guard: 'backfill.version',
    as: "absent('unknown')",
    why: 'loses no change of a backfill to a step at the same time',
    test: inBackfills('loses no pause to a step'),
  },
  {
    guard: 'backfill.job-deleted',
    as: 'false',
    why: 'cancels the backfills of a deleted job',
    test: inBackfills('ends when its job is deleted'),
  },
  {
    guard: 'backfill.limits',
    as: 'false',
    why: 'starts no run while a limit is used up',
    test: inBackfills('holds while a limit of its tenant is used up'),
  },
  {
    guard: 'backfill.limit',
    as: 'return;',
    why: 'bounds the open backfills of a job',
    test: inBackfills('may have ten siblings at most'),
  },
  {
    guard: 'backfill.limit.concurrent',
    as: 'undefined',
    why: 'bounds the open backfills of a job for concurrent requests',
    test: inBackfills('may have ten siblings at most if several are requested at once'),
  },
  {
    guard: 'backfill.key.content',
    why: 'refuses a key that was used for another backfill',
    test: inBackfills('is created once for an idempotency key'),
  },
  {
    guard: 'backfill.create.sweep',
    why: 'makes the sweep due before a backfill is created',
    test: inBackfills('makes the sweep due before it is created'),
  },
  {
    guard: 'backfill.resume.sweep',
    why: 'makes the sweep due when a backfill is resumed',
    test: inBackfills('makes the sweep due when it is resumed'),
  },
  {
    guard: 'backfill.dead-letter',
    as: 'false',
    why: 'records no missed tick for the message of a backfill',
    test: inBackfills('leaves no missed tick if its message becomes a dead letter'),
  },
  {
    guard: 'backfill.slots.others',
    as: '[]',
    why: 'leaves a slot to other runs beside all backfills of a tenant',
    test: inBackfills('shares the slots with the other backfills of its tenant'),
  },
  {
    guard: 'backfill.slots.waiting',
    as: 'false',
    why: 'leaves the line of runs that wait for a slot to other runs',
    test: inBackfills('chooses no tick while one of its runs waits for a slot'),
  },
  {
    guard: 'sweep.backfills.held',
    as: 'false',
    why: 'sweeps no tenant each minute for a backfill that may start no run',
    test: inBackfills('makes the sweep due in an hour while its job is disabled'),
  },
  {
    guard: 'sweep.backfills',
    why: 'advances a backfill whose message was lost',
    test: inBackfills('is advanced by the sweep if a message is lost'),
  },
];
