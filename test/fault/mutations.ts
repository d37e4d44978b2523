import type { SourceEdit } from './driver/load.ts';

/** A guard that is taken out: what must hold must not, then. */
export interface Mutation extends SourceEdit {
  /** What the guard is for. */
  readonly why: string;
  /**
   * Functions whose crashes show that it is missed.
   *
   * @default bad days do
   */
  readonly crashes?: readonly string[];
  /**
   * Test file that shows that it is missed, where neither bad days nor crashes come to it.
   *
   * @default the driver does
   */
  readonly test?: string;
}

const RUNS = 'functions/store/runs.ts';
const STATES = 'functions/store/states.ts';
const TASKS = 'functions/store/tasks.ts';
const DELIVERIES = 'functions/store/deliveries.ts';
const SWEEP = 'functions/sweeper/sweep.ts';
const DB = 'functions/store/db.ts';

/** Every guard that is there for a fault, taken out. */
export const MUTATIONS: readonly Mutation[] = [
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
  },
  {
    file: RUNS,
    find: "return put(db, db.tables.runs, fromRun(run), absent('pk'));",
    replace: 'return put(db, db.tables.runs, fromRun(run));',
    why: 'a tick that is dispatched twice makes one run',
  },
  {
    file: RUNS,
    find: "const unused = any(absent('pk'), atMost('ttl', time.now / 1_000));",
    replace: "const unused = any(absent('pk'), exists('pk'));",
    why: 'requests with one key at the same time make one run',
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
    find: 'return changeRun(db, ref, { waiting: reason }, all(queued, ready));',
    replace: "return changeRun(db, ref, { waiting: reason }, exists('pk'));",
    why: 'a run that was claimed meanwhile is not marked as waiting',
  },
  {
    file: RUNS,
    find: "all(equals('state', seen.state), absent('leaseToken')), flagsOfEnd(end)",
    replace: "exists('pk'), flagsOfEnd(end)",
    why: 'of several who end a flow run at once, one does',
  },
  {
    file: STATES,
    find: "    equals('runNumber', seen.runNumber),\n",
    replace: '',
    why: 'decisions about one job are made one after the other',
  },
  {
    file: STATES,
    find: "    is('lockUlid', seen.lock?.ulid),\n",
    replace: '',
    why: 'a lock that was taken meanwhile is not taken again',
    test: 'test/fault/races.test.ts',
  },
  {
    file: STATES,
    find: "all(equals('incarnation', job.incarnation), equals('lockUlid', last.ulid), absent('nextUlid'))",
    replace: "all(equals('incarnation', job.incarnation), absent('nextUlid'))",
    why: 'who ends a run frees its own lock, and no other',
  },
  {
    file: 'functions/lifecycle/start.ts',
    find: 'earlierDecision(state, ulid) ?? (await tryDecide(platform, candidate, state))',
    replace: 'await tryDecide(platform, candidate, state)',
    why: 'what was decided about a tick before a crash is found, and completed',
    crashes: ['dispatcher'],
  },
  {
    file: STATES,
    find: 'seen.decided.slice(0, REMEMBERED)',
    replace: 'seen.decided.slice(0, 0)',
    why: 'it is found, too, when others were decided about since',
    test: 'test/fault/races.test.ts',
  },
  {
    file: 'functions/lifecycle/claim.ts',
    find: "if (job.overlapPolicy !== 'allow' && !(state && (await holdsLock(platform, job, state, run)))) {",
    replace: "if (job.overlapPolicy === 'allow' && !state && job.id === '') {",
    why: 'a run that has lost its lock does not start beside another',
  },
  {
    file: 'functions/lifecycle/claim.ts',
    find: 'if ((await runningCount(platform, ref.tenant)) > concurrentRuns) {',
    replace: 'if (concurrentRuns < 0) {',
    why: 'runs that are claimed at the same time do not pass the limit together',
  },
  {
    file: 'functions/lifecycle/claim.ts',
    find: 'if (run.dueAt && Date.parse(run.dueAt) > now() + DUE_TOLERANCE_MS) return undefined;',
    replace: '',
    why: 'a message that comes again does not start a retry before it is due',
  },
  {
    file: 'functions/lifecycle/lock.ts',
    find: "return isTerminal(holder.state) ? { view: 'free', ended: lastRunOf(holder) } : { view: 'taken', holder };",
    replace: "return { view: 'taken', holder };",
    why: 'the lock of a run whose worker died after its end is taken over',
    test: 'test/fault/lifecycle.test.ts',
  },
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
    file: 'functions/sweeper/locks.ts',
    find: '...(next !== undefined && !runs.has(next) && { next: null }),',
    replace: '',
    why: 'the place in line of a run that was never made is free again',
    test: 'test/fault/lifecycle.test.ts',
  },
  {
    file: SWEEP,
    find: '  await sweepLocks(platform, jobs, states);\n',
    replace: '',
    why: 'locks of runs whose worker crashed after their end are freed',
    crashes: ['worker'],
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
  },
  {
    file: SWEEP,
    find: '  await sweepGone(platform, tenant);\n',
    replace: '',
    why: 'runs that were being made while their job was deleted end',
  },
  {
    file: 'functions/sweeper/queued.ts',
    find: 'else if (!run.waiting && isUnheard(run, platform.now())) await resend(platform, run);',
    replace: '',
    why: 'a run whose message was lost is sent again',
  },
  {
    file: 'functions/sweeper/queued.ts',
    find: "else if (run.waiting === 'overlap') await sweepOverlap(platform, job, state, run);",
    replace: '',
    why: 'a run that was given the lock by somebody who crashed then is woken',
  },
  {
    file: 'functions/sweeper/queued.ts',
    find: "if (runs.some((run) => run?.waiting === 'limit')) await moveLine(platform, tenant, SWEEP_LIMIT);",
    replace: '',
    why: 'a line of runs that nobody moved on goes on',
    test: 'test/fault/lifecycle.test.ts',
  },
  {
    file: 'functions/store/counters.ts',
    find: 'all(unmoved, samePart, ...forgotten)',
    replace: 'all(samePart, ...forgotten)',
    why: 'a batch that comes while a zombie counts it is counted once',
  },
  {
    file: 'functions/domain/watermark.ts',
    find: '    if (!isAfter(at, watermark)) continue;\n',
    replace: '',
    why: 'a batch that comes again is counted once',
  },
  {
    file: 'functions/counters/handler.ts',
    find: `    return [];
  }`,
    replace: `    throw error;
  }`,
    why: 'a record that cannot be read does not hold up the counters',
  },
  {
    file: 'functions/notifier/handler.ts',
    find: `    return [];
  }`,
    replace: `    throw error;
  }`,
    why: 'a record that cannot be read does not hold up notifications',
  },
  {
    file: DELIVERIES,
    find: "const isNew = absent('pk');",
    replace: "const isNew = any(absent('pk'), equals('ttl', 0), atMost('ttl', Number.MAX_SAFE_INTEGER));",
    why: 'an end of a run that is heard of twice is told of once',
  },
  {
    file: DELIVERIES,
    find: "const isOpen = all(isPending, equals('attempts', 0));",
    replace: 'const isOpen = isPending;',
    why: 'a message that was sent does not change after that',
    test: 'test/fault/notifications.test.ts',
  },
  {
    file: DELIVERIES,
    find: 'changes, all(unchanged, free));',
    replace: "changes, equals('attempts', seen.attempts));",
    why: 'a notification whose message comes twice is tried once',
    test: 'test/fault/notifications.test.ts',
  },
  {
    file: DELIVERIES,
    find: 'condition: isAs(claimed),',
    replace: 'condition: isPending,',
    why: 'who comes late does not end what another has',
    test: 'test/fault/notifications.test.ts',
  },
  {
    file: TASKS,
    find: 'return put(db, db.tables.records, fromTask(task), heldBy(lease));',
    replace: 'return put(db, db.tables.records, fromTask(task));',
    why: 'a zombie does not move a task that is no longer its own',
    test: 'test/fault/flows.test.ts',
  },
  {
    file: TASKS,
    find: 'return put(db, db.tables.records, fromTask(next), unchanged(seen));',
    replace: 'return put(db, db.tables.records, fromTask(next));',
    why: 'a slice is claimed by one worker, however often its message comes',
    test: 'test/fault/flows.test.ts',
  },
  {
    file: TASKS,
    find: 'return (await update(db, db.tables.records, taskKey(task.run, task.index), { set }, heldBy(lease))).ok;',
    replace: 'return (await update(db, db.tables.records, taskKey(task.run, task.index), { set })).ok;',
    why: 'a zombie does not renew a lease that is no longer its own',
  },
  {
    file: 'functions/lifecycle/flow/slice.ts',
    find: "seen?.state !== 'active' || seen.slice !== message.slice || isHeld(seen, now())",
    replace: "seen?.state !== 'active'",
    why: 'a slice whose message comes twice is done once',
  },
  {
    file: 'functions/lifecycle/flow/read-splits.ts',
    find: 'if (!reader.staged) return takePage(work, batch);',
    replace: 'if (reader.staged || !reader.staged) return takePage(work, batch);',
    why: 'a source that answers otherwise when asked again is kept before it is used',
  },
  {
    file: RUNS,
    find: "return changeRun(db, ref, set, all(exists('pk'), equals('state', 'running'), absent('leaseToken')));",
    replace: "return changeRun(db, ref, set, exists('pk'));",
    why: 'a run that ended is not failed after that',
  },
  {
    file: RUNS,
    find: "return changeRun(db, ref, set, all(exists('pk'), equals('state', 'running')));",
    replace: "return changeRun(db, ref, set, exists('pk'));",
    why: 'a run that ended is not stopped after that',
  },
  {
    file: 'functions/platform/sqs-batch.ts',
    find: `queue: record.eventSourceARN });
      continue;`,
    replace: `queue: record.eventSourceARN });
      throw new Error('malformed');`,
    why: 'a message that is none of ours goes away',
  },
  {
    file: DB,
    find: 'request = (UnprocessedKeys ?? {}) as typeof request;',
    replace: 'request = {} as typeof request; void UnprocessedKeys;',
    why: 'what a batch of reads leaves out is read',
  },
  {
    file: DB,
    find: 'left = UnprocessedItems?.[table] ?? [];',
    replace: 'left = []; void UnprocessedItems;',
    why: 'what a batch of writes leaves out is written',
  },
  {
    file: 'functions/dead-letters/runs.ts',
    find: 'await failUnclaimed(platform, message, Number(record.attributes.ApproximateReceiveCount));',
    replace: 'void record; void failUnclaimed;',
    why: 'a run whose message kills its workers fails',
  },
  {
    file: 'functions/platform/each-tenant.ts',
    find: '        failed.push(error);\n',
    replace: '        throw error;\n',
    why: 'a tenant that cannot be swept does not keep others from their turn',
  },
  {
    file: 'functions/registrar/reconcile.ts',
    find: '    await removeSchedules(registrar, { tenant, id: jobId, incarnation: known.incarnation });\n',
    replace: '',
    why: 'schedules of a job that was deleted go, though who heard of it crashed',
  },
  {
    file: 'functions/lifecycle/flow/remove-empty-hands.ts',
    find: '      if (modified >= old) continue;\n',
    replace: '      void old;\n',
    why: 'what a source gave is not removed before it is committed',
  },
];
