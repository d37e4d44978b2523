import type { Mutation } from './mutation.ts';

const SWEEP = 'functions/sweeper/sweep.ts';
const QUEUED = 'functions/sweeper/queued.ts';
const LOCKS = 'functions/sweeper/locks.ts';
const race = (named: string) => ({ file: 'test/fault/races.test.ts', named });
const swept = (named: string) => ({ file: 'test/fault/sweep.test.ts', named });
const lived = (named: string) => ({ file: 'test/fault/lifecycle.test.ts', named });

/** What repairs that which a crash, or a lost message, left. */
export const OF_THE_SWEEPER: readonly Mutation[] = [
  {
    file: SWEEP,
    find: '    await sweepLeases(platform, tenant);\n',
    replace: '',
    why: 'runs of lost workers end',
  },
  {
    file: SWEEP,
    find: '    await sweepFlows(platform, tenant, jobs);\n',
    replace: '',
    why: 'tasks of lost workers go on',
  },
  {
    file: SWEEP,
    find: '    await sweepChildren(platform, tenant);\n',
    replace: '',
    why: 'steps of a flow run end with it, though who ended it crashed',
  },
  {
    file: LOCKS,
    find: '...(next !== undefined && !waiting && { next: null }),',
    replace: '',
    why: 'the place in line of a run that was never made is free again',
    test: lived('queue: the place of a run that was never made is free again'),
  },
  {
    file: LOCKS,
    find: 'if (waiting && isTerminal(waiting.state)) {',
    replace: 'if (waiting && isTerminal(waiting.state) && waiting.number < 0) {',
    why: 'so is that of a run that was canceled, though who did so crashed',
    test: race('has its place in line free again when who waited was canceled by somebody who crashed then'),
  },
  {
    file: LOCKS,
    find: '...(lock !== undefined && !holder && { lock: null }),',
    replace: '',
    why: 'the lock of a run that was never made is freed, though nobody wants it',
    test: race('of a run that was never made is freed by the sweeper'),
  },
  {
    file: SWEEP,
    find: '  await sweepLocks(platform, jobs, states);\n',
    replace: '',
    why: 'locks of runs whose worker crashed after their end are freed',
    test: race('of a run whose worker died after its end is freed by the sweeper'),
  },
  {
    file: SWEEP,
    find: '  if (active) await sweepQueued(platform, tenant, jobs, states);\n',
    replace: '',
    why: 'messages that were lost are sent again',
  },
  {
    file: SWEEP,
    find: 'if (state?.incarnation === job.incarnation) await sweepMissedTicks(platform, job, state);',
    replace: '',
    why: 'ticks that nobody saw have a row that says so',
  },
  {
    file: SWEEP,
    find: '  await sweepNotifications(platform, tenant);\n',
    replace: '',
    why: 'notifications whose message was lost are sent',
  },
  {
    file: SWEEP,
    find: '  await sweepRegistrations(platform, tenant, jobList);\n',
    replace: '',
    why: 'a definition whose change was given up is registered',
    test: swept('whose change was given up wakes the registrar again'),
  },
  {
    file: SWEEP,
    find: '  await sweepGone(platform, tenant);\n',
    replace: '',
    why: 'runs that were being made while their job was deleted end',
    test: swept('leaves no run, though it was queued when its job went'),
  },
  {
    file: 'functions/sweeper/purge.ts',
    find: 'if (purged > 0 || !overdue) return;',
    replace: 'if (purged > 0 || !(overdue || true)) return;',
    why: 'a job that was deleted is looked at for as long as a run of it may be under way',
    test: swept('leaves none that was being made meanwhile, however long that took'),
  },
  {
    file: QUEUED,
    find: 'else if (!run.waiting && isUnheard(run, platform.now())) await resend(platform, run);',
    replace: '',
    why: 'a run whose message was lost is sent again',
  },
  {
    file: QUEUED,
    find: "else if (run.waiting === 'overlap') await sweepOverlap(platform, job, state, run);",
    replace: '',
    why: 'a run that was given the lock by somebody who crashed then is woken',
    test: race('that was handed to a run by somebody who crashed then wakes it by the sweeper'),
  },
  {
    file: QUEUED,
    find: "if (runs.some((run) => run?.waiting === 'limit')) await moveLine(platform, tenant, SWEEP_LIMIT);",
    replace: '',
    why: 'a line of runs that nobody moved on goes on',
    test: race('goes on by the sweeper when nobody moved it'),
  },
  {
    file: 'functions/sweeper/purge.ts',
    find: 'Number.POSITIVE_INFINITY, platform.now() - BIRTH_GRACE_MS)',
    replace: 'Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)',
    why: 'a run that ended as its job was deleted is not made again by who stalled before making it',
    test: { file: 'test/fault/sweep.test.ts', named: 'has no run made again' },
  },
  {
    file: 'functions/sweeper/visit.ts',
    find: 'isTurn(tenant, platform.now(), WHOLE_VISIT_MINUTES) || (await hasActiveRuns(platform, tenant))',
    replace: 'await hasActiveRuns(platform, tenant)',
    why: 'runs are looked after though the counters do not know of them',
    test: {
      file: 'test/unit/sweeper-visit.test.ts',
      named: 'looks at them once in ten minutes whatever the counter says',
    },
  },
  {
    file: 'functions/sweeper/notifications.ts',
    find: 'if (delivery.leaseUntil !== null && Date.parse(delivery.leaseUntil) > now) continue;',
    replace: '',
    why: 'a notification that is being tried is left to who is at it',
    test: { file: 'test/fault/notifications.test.ts', named: 'that comes again while it is being tried is left' },
  },
  {
    file: 'functions/platform/each-tenant.ts',
    find: '        failed.push(error);\n',
    replace: '        throw error;\n',
    why: 'a tenant that cannot be swept does not keep others from their turn',
    test: { file: 'test/unit/each-tenant.test.ts', named: 'a tenant that cannot be visited keeps no other' },
  },
  {
    file: 'functions/store/runs.ts',
    find: "all(queued, ready, is('sentAt', seen.sentAt)));",
    replace: 'all(queued, ready));',
    why: 'a run whose message was lost is sent again by one sweeper of two',
    test: { file: 'test/fault/sweep.test.ts', named: 'is sent again once, whoever of two sweepers finds it' },
  },
];
