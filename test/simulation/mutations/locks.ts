import type { Mutation } from './mutation.ts';

const inRaces = (named: string) => ({ file: 'test/simulation/races.test.ts', named });
const inRunLifecycle = (named: string) => ({ file: 'test/simulation/run-lifecycle.test.ts', named });

/** Guards that serialize the decisions about a job and keep its lock with one active run. */
export const LOCK_MUTATIONS: readonly Mutation[] = [
  {
    guard: 'state.run-number',
    why: 'serializes the decisions about a job',
    test: inRaces('gives concurrent runs distinct numbers'),
  },
  {
    guard: 'state.lock',
    why: 'takes a lock only if it is still free',
    test: inRaces('admits one of two runs that find it free, and the other waits'),
  },
  {
    guard: 'lock.unused',
    why: 'frees the lock of a run whose job had a lock when it started',
    test: inRaces('loses the lock at the end of a run that was claimed after the policy changed to allow'),
  },
  {
    guard: 'lock.release.own',
    why: "releases only the run's own lock",
    test: inRaces('stays with its new holder if the previous run releases it late'),
  },
  {
    guard: 'lock.transfer.retry',
    as: '{ transferredTo: null }',
    why: 'retries the transfer of a lock after a concurrent change',
    test: inRaces("passes to the waiting run although the job's state changed at the same time"),
  },
  {
    guard: 'state.last-run.newest',
    why: 'keeps the newest ended run as the last run',
    test: inRaces('keeps the newest ended run as the last run, in any order of their ends'),
  },
  {
    guard: 'state.last-run.as-read',
    as: 'true',
    why: 'records the end of no older run with the start of the next one',
    test: inRaces('and loses the lock, when the next run finds its run ended'),
  },
  {
    guard: 'state.last-run.meanwhile',
    why: 'records the end of no older run if a newer one ends at the same time',
    test: inRaces('if it ends while the next run is started'),
  },
  {
    guard: 'lock.release.newest',
    why: 'records the end of no older run with the release of its lock',
    test: inRaces('keeps the newest ended run as the last run when the lock is released'),
  },
  {
    guard: 'state.ticks.forward',
    why: 'never moves the mark of dispatched ticks back',
    test: inRaces('never moves the mark of dispatched ticks back'),
  },
  {
    guard: 'lock.release.ticks',
    why: 'does not move the mark of dispatched ticks back with the release of a lock',
    test: inRaces('that was advanced while its run was executed'),
  },
  {
    guard: 'tick.decided',
    as: 'undefined',
    why: 'completes the decision about a tick after a crash',
    crashes: ['dispatcher'],
  },
  {
    guard: 'tick.decided.earlier',
    as: '0',
    why: 'finds the decision about a tick after later decisions',
    test: inRaces('has one row whatever was decided about other ticks and runs meanwhile'),
  },
  {
    guard: 'lock.transferred-early',
    why: 'sends a run that got the lock before it was stored',
    test: inRaces('passes to a run that is not stored yet, which is stored and sent then'),
  },
  {
    guard: 'run.start.twin',
    why: 'releases the place of a request that lost to its twin',
    test: inRaces('becomes free, like the place in its queue, if a twin request with the same key came first'),
  },
  {
    guard: 'run.claim.waiting-first',
    as: 'false',
    why: 'starts the run that waits for a free lock before a newer one that has no lock',
    test: inRaces('goes to the waiting run before a newer one that was started under the policy'),
  },
  {
    guard: 'run.start.twin-awaited',
    as: 'true',
    why: 'transfers the lock of a request that lost to its twin to the run that waits for it',
    test: inRaces('goes to the waiting run from a request that lost to its twin'),
  },
  {
    guard: 'lock.transfer.canceled-run',
    as: 'false',
    why: 'passes a lock on from a canceled run',
    test: inRaces('becomes free if it was transferred to a canceled run'),
  },
  {
    guard: 'overlap.replace.canceled-run',
    as: 'false',
    why: 'lets a replacing run take the place of a canceled one',
    test: inRaces('admits the newest `replace` run next although the caller that canceled the last one crashed'),
  },
  {
    guard: 'run.claim.renew-lock',
    as: 'true',
    why: 'renews a lock that another run may have found free',
    test: inRunLifecycle('keeps the lock of a run that is claimed while another start takes the lock over'),
  },
  {
    guard: 'state.lock-since',
    why: 'takes over a lock only if it was not renewed',
    test: inRunLifecycle('keeps the lock of a run that is claimed while another start takes the lock over'),
  },
  {
    guard: 'run.claim.lock',
    as: 'false',
    why: 'does not start a run without its lock',
    test: inRunLifecycle('makes a run wait if its lock was taken over before it was stored'),
  },
  {
    guard: 'lock.ended-holder',
    head: true,
    as: 'false',
    why: 'takes over the lock of an ended run',
    test: inRaces('passes to the next tick if the worker crashed after the end of its run'),
  },
  {
    guard: 'lock.holder.consistent',
    as: 'outdated',
    why: 'reads a run consistently before it is taken to be active',
    test: {
      file: 'test/simulation/outdated-reads.test.ts',
      named: 'goes to the next run although eventually consistent reads show its run as running',
    },
  },
  {
    guard: 'lock.leave.awaited',
    why: 'transfers the lock at the end of a run for which another waits',
    test: inRaces('goes to a run that starts to wait at any time while its run ends'),
  },
  {
    guard: 'lock.leave.ticks',
    why: 'stores the mark of dispatched ticks in time if the next tick is far away',
    test: inRaces('releases the lock with the mark of dispatched ticks if the next tick is far away'),
  },
  {
    guard: 'lock.await.active',
    why: 'does not ask an ended run for its lock',
    test: inRaces('goes to a run that started to wait, whenever its run ends meanwhile'),
  },
  {
    guard: 'lock.await.ended',
    why: 'transfers a lock that the end of its run left to the run that waits',
    test: inRaces('goes to a run that started to wait, whenever its run ends meanwhile'),
  },
  {
    guard: 'lock.claim.awaited',
    why: 'transfers the lock to a run that started to wait before the row of its run existed',
    test: inRaces('goes to a run that started to wait before the row of its run existed'),
  },
  {
    guard: 'lock.free.waiting-first',
    as: 'false',
    why: 'starts the run that waits for a free lock before a newer one',
    test: inRaces('goes to the waiting run before a newer one'),
  },
  {
    guard: 'state.ticks.as-read',
    why: 'does not move a mark of dispatched ticks back that was advanced meanwhile',
    test: inRaces('does not move the mark of dispatched ticks back that was advanced meanwhile'),
  },
  {
    guard: 'lock.missing-holder',
    as: "'taken'",
    why: 'takes over the lock of a run that was never stored',
    test: inRunLifecycle('makes a run wait if its lock was taken over before it was stored'),
  },
];
