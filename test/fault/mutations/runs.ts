import type { Mutation } from './mutation.ts';

const RUNS = 'functions/store/runs.ts';
const ATTEND = 'functions/lifecycle/attend.ts';
const CLAIM = 'functions/lifecycle/claim.ts';
const race = (named: string) => ({ file: 'test/fault/races.test.ts', named });
const attended = (named: string) => ({ file: 'test/fault/attendance.test.ts', named });

/** What keeps a run from being executed twice, or ending twice. */
export const OF_RUNS: readonly Mutation[] = [
  {
    file: RUNS,
    find: "all(queued, ready, is('attempt', seen.attempt || null))",
    replace: "exists('pk')",
    why: 'a run is claimed by one worker, however often its message comes',
  },
  {
    file: RUNS,
    find: "(writer === 'holder' ? heldBy(lease.token) : expired(lease))",
    replace: "(writer === 'holder' ? exists('pk') : expired(lease))",
    why: 'a zombie does not end a run that is no longer its own',
  },
  {
    file: RUNS,
    find: "all(heldBy(lease.token), equals('leaseUntil', lease.until))",
    replace: "exists('pk')",
    why: 'the sweeper takes a run only from a worker that is lost, not one that has ended meanwhile',
    test: race('of a run that ends as the sweeper finds it run out takes nothing back'),
  },
  {
    file: RUNS,
    find: "const expired = (lease: Lease) => all(heldBy(lease.token), equals('leaseUntil', lease.until));",
    replace: 'const expired = (lease: Lease) => heldBy(lease.token);',
    why: 'nor from one that has renewed its lease meanwhile',
    test: race('that is renewed as the sweeper finds it run out is good'),
  },
  {
    file: RUNS,
    find: '[HEARTBEAT_MARK]: true }, heldBy(lease.token));',
    replace: "[HEARTBEAT_MARK]: true }, exists('pk'));",
    why: 'a zombie does not take the lease of who has its run by now',
    test: race('is not renewed by a worker that has lost it'),
  },
  {
    file: RUNS,
    find: "return put(db, db.tables.runs, fromRun(run), absent('pk'));",
    replace: 'return put(db, db.tables.runs, fromRun(run));',
    why: 'a tick that is dispatched twice makes one run',
    test: race('has the run that was made meanwhile, which goes on'),
  },
  {
    file: RUNS,
    find: "const unused = any(absent('pk'), atMost('ttl', time.now / 1_000));",
    replace: "const unused = any(absent('pk'), exists('pk'));",
    why: 'requests with one key at the same time make one run',
  },
  {
    file: 'functions/store/idempotency.ts',
    find: 'if (!item || (item.ttl as number) * 1_000 <= now) return undefined;',
    replace: 'if (!item || now < 0) return undefined;',
    why: 'a key is forgotten when its time is over, though DynamoDB still has it',
    test: { file: 'test/fault/lifecycle.test.ts', named: 'is forgotten after a day' },
  },
  {
    file: RUNS,
    find: `    waiting: null,
    dueAt: null,
  };
  return changeRun(db, ref, set, queued);
}

/** Ends a run that no worker could claim`,
    replace: `    waiting: null,
    dueAt: null,
  };
  return changeRun(db, ref, set, exists('pk'));
}

/** Ends a run that no worker could claim`,
    why: 'a run that ended is not canceled after that',
  },
  {
    file: RUNS,
    find: `    waiting: null,
    dueAt: null,
  };
  return changeRun(db, ref, set, queued);
}

/** Asks the worker`,
    replace: `    waiting: null,
    dueAt: null,
  };
  return changeRun(db, ref, set, exists('pk'));
}

/** Asks the worker`,
    why: 'a run that was claimed, or ended, is not failed because a copy of its message was given up',
    test: race('that is given up fails no run that another copy of it had started, or ended'),
  },
  {
    file: RUNS,
    find: "return changeRun(db, ref, set, all(exists('pk'), equals('state', 'running')));",
    replace: "return changeRun(db, ref, set, exists('pk'));",
    why: 'a run that ended is not stopped after that',
    test: race('that comes to a run as it ends leaves it as it ended'),
  },
  {
    file: 'functions/lifecycle/cancel.ts',
    find: "return asked.run?.state === 'queued' ? cancelRun(platform, ref, canceledBy, stop) : asked.run;",
    replace: 'return asked.run;',
    why: 'a run that went back in line while it was canceled is canceled there',
    test: race('that comes to a run as it goes back in line for its next attempt cancels it there'),
  },
  {
    file: RUNS,
    find: "condition: all(heldAs(writer, lease), equals('state', 'running')),",
    replace: 'condition: heldAs(writer, lease),',
    why: 'a run that is being stopped is not tried again',
    test: race('that comes before a failure is told of is the last of the run'),
  },
  {
    file: RUNS,
    find: "return changeRun(db, run, set, all(heldBy(lease.token), equals('state', 'running')));\n}\n\n/** Marks a queued",
    replace: 'return changeRun(db, run, set, heldBy(lease.token));\n}\n\n/** Marks a queued',
    why: 'nor does it go back in line for that another run was first',
    test: race('that comes to a run as it gives way to another one is not forgotten'),
  },
  {
    file: RUNS,
    find: "const isNew = all(exists('pk'), absent(flag), absent('finishedAt'), waits);",
    replace: "const isNew = all(exists('pk'), absent('finishedAt'), waits);",
    why: 'a run is found late once, by however many',
    test: race('a run that is late is found so by one of two who look'),
  },
  {
    file: CLAIM,
    find: 'if (job?.incarnation !== ref.incarnation) {',
    replace: 'if (!job) {',
    why: 'a message of a job that was deleted starts nothing of one that has its name',
    test: race('of a job that was deleted and defined again starts nothing of the new one'),
  },
  {
    file: 'functions/lifecycle/dispatch.ts',
    find: 'if (unsent) await platform.queues.sendRun(row.run);',
    replace: 'void unsent;',
    why: 'a tick that comes again sends what was not sent before a crash',
    test: race('of a tick that comes again sends what was not sent before a crash'),
  },
  {
    file: RUNS,
    find: 'return changeRun(db, ref, { waiting: reason }, all(queued, ready));',
    replace: "return changeRun(db, ref, { waiting: reason }, exists('pk'));",
    why: 'a run that was claimed meanwhile is not marked as waiting',
    test: race('holds nobody who was claimed meanwhile'),
  },
  {
    file: RUNS,
    find: "all(queued, equals('waiting', reason)));",
    replace: "any(queued, absent('pk')));",
    why: 'a run that has no row yet is not woken into half of one',
    test: race('is handed to a run before that has a row'),
  },
  {
    file: CLAIM,
    find: 'if ((await runningCount(platform, ref.tenant)) > concurrentRuns) {',
    replace: 'if (concurrentRuns < 0) {',
    why: 'runs that are claimed at the same time do not pass the limit together',
    test: race('is not passed by two that are claimed at the same time'),
  },
  {
    file: CLAIM,
    find: 'if (marked.ok) await lookAgain(platform, ref.tenant, concurrentRuns);',
    replace: 'void marked;',
    why: 'a place that came free before a run stood in line is not left empty',
    test: race('goes on though its only run ended before the next one stood in it'),
  },
  {
    file: CLAIM,
    find: 'if (run.dueAt && Date.parse(run.dueAt) > now() + DUE_TOLERANCE_MS) return undefined;',
    replace: '',
    why: 'a message that comes again does not start a retry before it is due',
    test: race('of an attempt that comes again does not begin the next one before it is due'),
  },
  {
    file: ATTEND,
    find: "if (row?.lease?.token !== lease.token) return stop('lease-lost');",
    replace: 'if (!row) return;',
    why: 'a worker whose run somebody else has stops its work',
    test: attended('stops its work on a run that somebody else has ended'),
  },
  {
    file: ATTEND,
    find: "if (now() >= until) stop('lease-lost');",
    replace: 'void until;',
    why: 'a worker that cannot renew its lease stops its work when that is over',
    test: attended('stops its work on a run when its lease is over by its own clock'),
  },
  {
    file: 'functions/lifecycle/live-output.ts',
    find: '      if (pending.length === 0) pending = fresh();',
    replace: '      pending = fresh();',
    why: 'a piece of output of which it is not known whether it was kept is written again as it was',
    test: {
      file: 'test/fault/live-output.test.ts',
      named: 'pieces whose writing failed are written again as they were',
    },
  },
];
