import type { Mutation } from './mutation.ts';

const inRaces = (named: string) => ({ file: 'test/simulation/races.test.ts', named });
const inSweeper = (named: string) => ({ file: 'test/simulation/sweeper.test.ts', named });
const inRunLifecycle = (named: string) => ({ file: 'test/simulation/run-lifecycle.test.ts', named });

/** What repairs that which a crash, or a lost message, left. */
export const SWEEPER_MUTATIONS: readonly Mutation[] = [
  {
    guard: 'sweep.leases',
    why: 'runs of lost workers end',
  },
  {
    guard: 'sweep.flows',
    why: 'tasks of lost workers go on',
  },
  {
    guard: 'sweep.children',
    why: 'steps of a flow run end with it, though who ended it crashed',
  },
  {
    guard: 'sweep.locks.missing-next',
    why: 'the place in line of a run that was never made is free again',
    test: inRunLifecycle('queue: the place of a run that was never made is free again'),
  },
  {
    guard: 'sweep.locks.canceled-next',
    as: 'false',
    why: 'so is that of a run that was canceled, though who did so crashed',
    test: inRaces('has its place in line free again when who waited was canceled by somebody who crashed then'),
  },
  {
    guard: 'sweep.locks.missing-holder',
    why: 'the lock of a run that was never made is freed, though nobody wants it',
    test: inRaces('of a run that was never made is freed by the sweeper'),
  },
  {
    guard: 'sweep.locks',
    why: 'locks of runs whose worker crashed after their end are freed',
    test: inRaces('of a run whose worker died after its end is freed by the sweeper'),
  },
  {
    guard: 'sweep.queued',
    why: 'messages that were lost are sent again',
  },
  {
    guard: 'sweep.missed-ticks',
    why: 'ticks that nobody saw have a row that says so',
  },
  {
    guard: 'sweep.notifications',
    why: 'notifications whose message was lost are sent',
  },
  {
    guard: 'sweep.registrations',
    why: 'a definition whose change was given up is registered',
    test: inSweeper('whose change was given up wakes the registrar again'),
  },
  {
    guard: 'sweep.deleted-jobs',
    why: 'runs that were being made while their job was deleted end',
    test: inSweeper('leaves no run, though it was queued when its job went'),
  },
  {
    guard: 'purge.overdue',
    why: 'a job that was deleted is looked at for as long as a run of it may be under way',
    test: inSweeper('leaves none that was being made meanwhile, however long that took'),
  },
  {
    guard: 'sweep.queued.resend',
    as: 'false',
    why: 'a run whose message was lost is sent again',
  },
  {
    guard: 'sweep.queued.overlap',
    as: 'false',
    why: 'a run that was given the lock by somebody who crashed then is woken',
    test: inRaces('that was handed to a run by somebody who crashed then wakes it by the sweeper'),
  },
  {
    guard: 'sweep.queued.limit',
    why: 'a line of runs that nobody moved on goes on',
    test: inRaces('goes on by the sweeper when nobody moved it'),
  },
  {
    guard: 'purge.create-grace',
    as: 'Number.POSITIVE_INFINITY',
    why: 'a run that ended as its job was deleted is not made again by who stalled before making it',
    test: { file: 'test/simulation/sweeper.test.ts', named: 'has no run made again' },
  },
  {
    guard: 'sweep.visit.turn',
    head: true,
    as: 'false',
    why: 'runs are looked after though the counters do not know of them',
    test: {
      file: 'test/unit/functions/core/engine/sweep/visit-tenant.test.ts',
      named: 'sweeps the runs once in ten minutes whatever the counter shows',
    },
  },
  {
    guard: 'sweep.notifications.leased',
    why: 'a notification that is being tried is left to who is at it',
    test: { file: 'test/simulation/notifications.test.ts', named: 'that comes again while it is being tried is left' },
  },
  {
    guard: 'sweep.tenant-failed',
    as: "throw new Error('disabled');",
    why: 'a tenant that cannot be swept does not keep others from their turn',
    test: {
      file: 'test/unit/functions/core/platform/for-each-tenant.test.ts',
      named: 'visits all tenants when some of the visits fail',
    },
  },
  {
    guard: 'run.resend.once',
    why: 'a run whose message was lost is sent again by one sweeper of two',
    test: { file: 'test/simulation/sweeper.test.ts', named: 'is sent again once, whoever of two sweepers finds it' },
  },
];
