import type { Mutation } from './mutation.ts';

const inRaces = (named: string) => ({ file: 'test/simulation/races.test.ts', named });
const inSweeper = (named: string) => ({ file: 'test/simulation/sweeper.test.ts', named });
const inRunLifecycle = (named: string) => ({ file: 'test/simulation/run-lifecycle.test.ts', named });

/** Guards that repair the effects of crashes and lost messages. */
export const SWEEPER_MUTATIONS: readonly Mutation[] = [
  {
    guard: 'sweep.leases',
    why: 'ends runs of lost workers',
  },
  {
    guard: 'sweep.flows',
    why: 'recovers tasks of lost workers',
  },
  {
    guard: 'sweep.children',
    why: 'ends the steps of an ended flow run',
  },
  {
    guard: 'sweep.locks.missing-next',
    why: 'frees the place of a run that was never stored',
    test: inRunLifecycle('`queue` frees the place of a run that was never stored'),
  },
  {
    guard: 'sweep.locks.canceled-next',
    as: 'false',
    why: 'frees the place of a canceled run',
    test: inRaces('has a free place in its queue after the caller that canceled the waiting run crashed'),
  },
  {
    guard: 'sweep.locks.missing-holder',
    why: 'frees the lock of a run that was never stored',
    test: inRaces('becomes free through the sweeper if its run was never stored'),
  },
  {
    guard: 'sweep.locks',
    why: 'frees the locks of ended runs',
    test: inRaces('becomes free through the sweeper if the worker crashed after the end of its run'),
  },
  {
    guard: 'sweep.queued',
    why: 'sweeps queued runs',
  },
  {
    guard: 'sweep.missed-ticks',
    why: 'stores missed ticks',
  },
  {
    guard: 'sweep.notifications',
    why: 'sends lost notification messages again',
  },
  {
    guard: 'sweep.registrations',
    why: 'requests reconciliation for a lost definition change',
    test: inSweeper('requests reconciliation for a definition whose change was lost, and not for a registered one'),
  },
  {
    guard: 'sweep.deleted-jobs',
    why: 'ends runs that were stored while their job was deleted',
    test: inSweeper('leaves no queued run'),
  },
  {
    guard: 'purge.overdue',
    why: 'sweeps a deleted job while it may have active runs',
    test: inSweeper('leaves no run that was stored meanwhile, even after a long delay'),
  },
  {
    guard: 'sweep.queued.resend',
    as: 'false',
    why: 'sends a lost run message again',
  },
  {
    guard: 'sweep.queued.overlap',
    as: 'false',
    why: 'wakes a run that holds the lock',
    test: inRaces('wakes a run through the sweeper if the worker crashed after transferring it'),
  },
  {
    guard: 'sweep.queued.limit',
    why: 'admits waiting runs under the limit',
    test: inRaces('advances through the sweeper if no worker admitted the next run'),
  },
  {
    guard: 'purge.create-grace',
    as: 'Number.POSITIVE_INFINITY',
    why: "keeps a purged run's row until no caller can store it again",
    test: {
      file: 'test/simulation/sweeper.test.ts',
      named: 'does not let a stalled caller store a canceled run again',
    },
  },
  {
    guard: 'sweep.visit.turn',
    head: true,
    as: 'false',
    why: 'sweeps every tenant periodically without regard to its counters',
    test: {
      file: 'test/unit/functions/core/engine/sweep/visit-tenant.test.ts',
      named: 'sweeps the runs once in ten minutes whatever the counter shows',
    },
  },
  {
    guard: 'sweep.notifications.leased',
    why: 'leaves a leased delivery to its deliverer',
    test: {
      file: 'test/simulation/notifications.test.ts',
      named: 'leaves a delivery that another deliverer attempts, and so does the sweeper',
    },
  },
  {
    guard: 'sweep.tenant-failed',
    as: "throw new Error('disabled');",
    why: 'sweeps other tenants after a failure',
    test: {
      file: 'test/unit/functions/core/platform/for-each-tenant.test.ts',
      named: 'visits all tenants when some of the visits fail',
    },
  },
  {
    guard: 'run.resend.once',
    why: 'sends a lost run message again once',
    test: { file: 'test/simulation/sweeper.test.ts', named: 'gets one resend from two concurrent sweepers' },
  },
];
