import type { Mutation } from './mutation.ts';

const inRaces = (named: string) => ({ file: 'test/simulation/races.test.ts', named });
const inSweeper = (named: string) => ({ file: 'test/simulation/sweeper.test.ts', named });
const inAgenda = (named: string) => ({ file: 'test/unit/functions/core/store/sweep-agenda.test.ts', named });
const inBudget = (named: string) => ({ file: 'test/simulation/sweep-budget.test.ts', named });
const inDueTenant = (named: string) => ({
  file: 'test/unit/functions/core/engine/sweep/sweep-due-tenant.test.ts',
  named,
});
const inFailures = (named: string) => ({ file: 'test/simulation/sweep-failures.test.ts', named });
const inRetries = (named: string) => ({ file: 'test/simulation/sweep-retries.test.ts', named });
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
    guard: 'sweep.locks.next',
    why: 'sweeps a tenant when a lock is due, without any other event',
    test: inDueTenant('frees the lock of an ended run 20 minutes after its start, without any other event'),
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
    guard: 'purge.rows-left',
    as: 'false',
    why: 'sweeps a deleted job until its last run has ended',
    test: {
      file: 'test/simulation/sweep-budget.test.ts',
      named: 'stays until its last run has ended and is removed',
    },
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
    as: 'createdBefore: Number.POSITIVE_INFINITY',
    why: "keeps a purged run's row until no caller can store it again",
    test: {
      file: 'test/simulation/sweeper.test.ts',
      named: 'does not let a stalled caller store a canceled run again',
    },
  },
  {
    guard: 'agenda.due',
    as: 'const due = undefined;',
    why: 'makes a sweep of the effects of each counted change due',
    test: inAgenda('makes a sweep due a minute after the first change of a tenant'),
  },
  {
    guard: 'agenda.due.as-read',
    why: 'counts no change beside a sweep that postpones its tenant',
    test: inAgenda('fails if a sweep has postponed the entry since it was read'),
  },
  {
    guard: 'agenda.postpone.as-read',
    why: 'leaves an entry that another process has changed',
    test: inAgenda('leaves the entry of another sweep that has postponed it'),
  },
  {
    guard: 'agenda.postpone.definitions',
    why: 'leaves definitions due that changed during a sweep',
    test: inAgenda('leaves the definitions due if they changed during a sweep of an active tenant'),
  },
  {
    guard: 'agenda.postpone.unchanged',
    why: 'keeps a tenant due whose runs changed during a sweep',
    test: inAgenda('keeps the tenant due in a minute if a change was counted during the sweep'),
  },
  {
    guard: 'agenda.hasten.earlier',
    why: 'brings a later sweep forward for a notification',
    test: inAgenda('brings a later entry forward and leaves an earlier one'),
  },
  {
    guard: 'agenda.next.active',
    why: 'sweeps a tenant again whose counter shows active runs that the index does not show yet',
    test: inDueTenant('expects a sweep in a minute if the counter shows active runs that the index does not'),
  },
  {
    guard: 'agenda.next.definitions',
    why: 'notices a scheduler that stays silent',
    test: inDueTenant('expects the next tick of the earliest job'),
  },
  {
    guard: 'sweep.parts-apart',
    as: 'throw error;',
    why: 'sweeps the other parts of a tenant after one has failed',
    test: inFailures('gets its missed ticks recorded and its registrations checked'),
  },
  {
    guard: 'sweep.items-apart',
    as: 'throw error;',
    why: 'repairs the other runs of a tenant after one could not be repaired',
    test: inFailures('gets its other runs repaired'),
  },
  {
    guard: 'admit.runs-apart',
    as: 'throw error;',
    why: 'admits the next waiting run if the head of the line cannot be admitted',
    test: inRaces('although the run at its head cannot be admitted'),
  },
  {
    guard: 'admit.service-unavailable',
    why: 'does not try each waiting run while the store is throttled',
    test: inRaces('tries one run if the store is throttled'),
  },
  {
    guard: 'sweep.active.time',
    why: 'reads no further runs when the time of a sweep is over',
    test: inFailures('ends behind a page of runs'),
  },
  {
    guard: 'sweep.retries.time',
    why: 'leaves time for the other parts beside many runs that wait for a retry',
    test: inRetries('gets its deleted jobs removed and its missed ticks recorded by the same sweep'),
  },
  {
    guard: 'sweep.retries.continued',
    why: 'continues behind the runs that wait for a retry and were read before',
    test: inRetries('gets a due one repaired by a later sweep'),
  },
  {
    guard: 'sweep.retries.handled',
    why: 'continues at the runs that wait for a retry and were not reached in time',
    test: inRetries('gets those repaired by the next sweep that one did not reach in its time'),
  },
  {
    guard: 'registration.request.time',
    why: 'requests the other reconciliations in the next sweep when the time of a sweep is over',
    test: inFailures('requests no reconciliation, repairs no run, and is due again'),
  },
  {
    guard: 'sweep.message.redelivered',
    why: 'does not sweep a tenant for a redelivered message beside a newer one',
    test: inFailures('causes another sweep after a minute, not with each redelivery of the failed message'),
  },
  {
    guard: 'sweep.message.postponed',
    why: 'ignores a message of an earlier sweep',
    test: inDueTenant('ignores a message whose tenant another sweep has postponed'),
  },
  {
    guard: 'sweep.tenant-deleted',
    as: 'false',
    why: 'sweeps no tenant that was deleted meanwhile',
    test: inDueTenant('leaves a tenant that was deleted after'),
  },
  {
    guard: 'sweep.definitions.time',
    why: 'ends the walk over the definitions before the invocation ends',
    test: inDueTenant('continues the walk over the definitions where a sweep ended for lack of time'),
  },
  {
    guard: 'sweep.dispatch.shards-apart',
    why: 'reports that a part of the agenda was not dispatched',
    test: {
      file: 'test/unit/functions/core/engine/sweep/dispatch-sweeps.test.ts',
      named: 'dispatches the other partitions if one fails, and reports the failure',
    },
  },
  {
    guard: 'purge.rows-apart',
    as: 'throw error;',
    why: 'removes the other runs of a job if one cannot be removed',
    test: {
      file: 'test/simulation/sweep-failures.test.ts',
      named: 'removes the other runs of a job if one run cannot be removed',
    },
  },
  {
    guard: 'purge.flows',
    why: 'removes flow runs behind rows of scripts that are not due',
    test: inFailures('removes flow runs behind any number of script runs of the same job that are not due'),
  },
  {
    guard: 'purge.time',
    why: 'ends a purge before the invocation ends',
    test: inBudget('loses one chunk of rows in a purge that has no more time'),
  },
  {
    guard: 'purge.records.time',
    why: 'ends the removal of records before the invocation ends',
    test: inBudget('keeps its row until all records are removed'),
  },
  {
    guard: 'job.cancel.time',
    as: '() => true',
    why: "ends the cancellation of a deleted job's runs before the invocation ends",
    test: inBudget('loses its queued runs in several sweeps'),
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
