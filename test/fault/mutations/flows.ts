import type { Mutation } from './mutation.ts';

const RUNS = 'functions/store/runs.ts';
const TASKS = 'functions/store/tasks.ts';
const SLICE = 'functions/lifecycle/flow/slice.ts';
const ATTEND_TASK = 'functions/lifecycle/flow/attend-task.ts';
const HANDS = 'functions/lifecycle/flow/remove-empty-hands.ts';
const SEEN = 'functions/store/seen-messages.ts';
const MET = 'functions/lifecycle/flow/met-messages.ts';
const flow = (named: string) => ({ file: 'test/fault/flows.test.ts', named });
const failing = (named: string) => ({ file: 'test/fault/failing-tasks.test.ts', named });
const planned = (named: string) => ({ file: 'test/fault/planner-loss.test.ts', named });
const kept = (named: string) => ({ file: 'test/fault/hands.test.ts', named });
const left = (named: string) => ({ file: 'test/fault/left-messages.test.ts', named });
const lost = (named: string) => ({ file: 'test/fault/hand-losses.test.ts', named });
const checkpointed = (named: string) => ({ file: 'test/fault/checkpoints.test.ts', named });
const attended = (named: string) => ({ file: 'test/fault/attendance.test.ts', named });
const sink = (named: string) => ({ file: 'test/unit/flow-http-sink.test.ts', named });

/** What brings each record of a flow to its sinks once. */
export const OF_FLOWS: readonly Mutation[] = [
  {
    file: TASKS,
    find: 'return put(db, db.tables.records, fromTask(task), heldBy(lease));',
    replace: 'return put(db, db.tables.records, fromTask(task));',
    why: 'a zombie does not move a task that is no longer its own',
    test: flow('moves nothing: the slice that took over is the one that counts'),
  },
  {
    file: TASKS,
    find: 'put: fromTask(task), condition: heldBy(lease) }, ...writes]);',
    replace: 'put: fromTask(task) }, ...writes]);',
    why: 'nor does it together with what others see: it fails no run',
    test: failing('a slice that fails after its task was taken over fails no run'),
  },
  {
    file: TASKS,
    find: 'return put(db, db.tables.records, fromTask(next), unchanged(seen));',
    replace: 'return put(db, db.tables.records, fromTask(next));',
    why: 'a slice is claimed by one worker, however often its message comes',
    test: flow('leaves a slice alone that somebody else did after it was read'),
  },
  {
    file: TASKS,
    find: "    is('leaseUntil', lease?.until),\n",
    replace: '',
    why: 'a task whose lease was renewed meanwhile is not taken from its worker',
    test: failing('a task whose lease is renewed as it is found run out goes on'),
  },
  {
    file: TASKS,
    find: "    equals('page', page),\n",
    replace: '',
    why: 'what a worker commits as its task is taken from it stays',
    test: { file: 'test/fault/task-rows.test.ts', named: 'that came while its lease was found run out' },
  },
  {
    file: TASKS,
    find: 'return (await update(db, db.tables.records, taskKey(task.run, task.index), { set }, heldBy(lease))).ok;',
    replace: 'return (await update(db, db.tables.records, taskKey(task.run, task.index), { set })).ok;',
    why: 'a zombie does not renew a lease that is no longer its own',
    test: attended('stops its work on a task that somebody else has taken'),
  },
  {
    file: ATTEND_TASK,
    find: "if (now() >= Date.parse(lease.until)) stop('lease-lost');",
    replace: '',
    why: 'a worker that cannot renew its lease on a task stops when that is over',
    test: attended('stops its work on a task when its lease is over by its own clock'),
  },
  {
    file: SLICE,
    find: "seen?.state !== 'active' || seen.slice !== message.slice",
    replace: "seen?.state !== 'active'",
    why: 'a slice whose message comes twice is done once',
    test: flow('does a slice once, however often its message comes'),
  },
  {
    file: 'functions/sweeper/flows.ts',
    find: 'if (task.resends >= MOST_RESENDS) {',
    replace: 'if (task.resends < 0) {',
    why: 'a slice that crashes every worker fails its run',
    test: flow('is sent again and again for some hours, and then fails its run'),
  },
  {
    file: SLICE,
    find: 'if (refused.length > 0) await held.commit(stopped);',
    replace: '',
    why: 'a task that fails beside another one ends, too',
    test: failing('tasks that fail at the same time end together with their run'),
  },
  {
    file: 'functions/lifecycle/flow/lost-slice.ts',
    find: 'changeTaskWith(db, seen, stopped, [failureRequest(db, run, failure)]);',
    replace: 'changeTaskWith(db, seen, stopped, failure.kind ? [] : [failureRequest(db, run, failure)]);',
    why: 'a run does not complete without a task that was lost, though who found that crashed',
    test: failing('of whoever finds a task lost for the last time leaves no run that completes without it'),
  },
  {
    file: RUNS,
    find: "const isAtWork = all(exists('pk'), equals('state', 'running'), absent('leaseToken'));",
    replace: "const isAtWork = any(exists('pk'), absent('leaseToken'));",
    why: 'a run that ended is not failed after that',
    test: failing('a timeout that is noticed as the run ends leaves it as it ended'),
  },
  {
    file: RUNS,
    find: "all(equals('state', seen.state), absent('leaseToken')), flagsOfEnd(end)",
    replace: "exists('pk'), flagsOfEnd(end)",
    why: 'of several who end a flow run at once, one does',
    test: failing('a stop that is asked for as a run ends ends it all the same'),
  },
  {
    file: 'functions/lifecycle/flow/end.ts',
    find: 'if (ended.run && !isTerminal(ended.run.state)) await endFlow(platform, ref);',
    replace: '',
    why: 'a run that is asked to stop as its last task ends does end',
    test: failing('a stop that is asked for as a run ends ends it all the same'),
  },
  {
    file: TASKS,
    find: "const earlier = any(absent('pk'), atMost('planned', attempt));",
    replace: "const earlier = any(absent('pk'), exists('pk'));",
    why: 'a planner that comes late does not begin the tasks anew',
    test: planned('until another one has planned the run changes nothing'),
  },
  {
    file: RUNS,
    find: "return changeRun(db, run, set, all(heldBy(lease.token), equals('state', 'running')));\n}\n\nconst failing",
    replace: "return changeRun(db, run, set, equals('state', 'running'));\n}\n\nconst failing",
    why: 'nor does it put its plan in the place of the other',
    test: planned('until another one has planned the run changes nothing'),
  },
  {
    file: 'functions/store/children.ts',
    find: "await put(db, db.tables.runs, fromChild(child), absent('pk'));",
    replace: 'await put(db, db.tables.runs, fromChild(child));',
    why: 'nor does it bring back steps that have ended',
    test: planned('a planner that stalls until the run has ended brings no step of it back'),
  },
  {
    file: 'functions/lifecycle/flow/lost-slice.ts',
    find: "task?.state !== 'active' || task.slice !== message.slice) return;",
    replace: "task?.state !== 'active') return;",
    why: 'a slice that was begun by another copy of its message goes on',
    test: { file: 'test/fault/given-up-slices.test.ts', named: 'and that another message of it began goes on' },
  },
  {
    file: 'functions/lifecycle/flow/read-splits.ts',
    find: 'if (!reader.staged) return takePage(work, batch);',
    replace: 'if (reader.staged || !reader.staged) return takePage(work, batch);',
    why: 'a source that answers otherwise when asked again is kept before it is used',
  },
  {
    file: SEEN,
    find: "absent('pk') : any(",
    replace: "any(absent('pk'), absent('nobody')) : any(",
    why: 'a message of a queue that comes again is taken once',
    test: { file: 'test/fault/redelivery.test.ts', named: 'of a whole batch of messages is found out at once' },
  },
  {
    file: SEEN,
    find: "any(equals('hand', from), absent('hand'))",
    replace: "any(equals('hand', from), absent('nobody'))",
    why: 'what a run left behind goes to one of those that come for it',
    test: left('goes to one of two: a restart leaves to a new run what that took'),
  },
  {
    file: MET,
    find: "task.state !== 'active' && ",
    replace: '',
    why: 'what a task has in hand is not taken by another run',
    test: left('stays in the queue until it is through, though it comes to another run'),
  },
  {
    file: MET,
    find: ' && holder.run !== run.ulid',
    replace: '',
    why: 'nor by another task of its own run, once it was stopped',
    test: left('had in hand when it was stopped is not taken by another that is still at work'),
  },
  {
    file: MET,
    find: ' && !inherited.has(holder.hand)',
    replace: '',
    why: 'what a restart inherits waits for the task that is to take it',
    test: left('waits for the task of the restart that inherits it'),
  },
  {
    file: MET,
    find: ' && at >= hand.through',
    replace: '',
    why: 'what is through of a hand that was left behind is not taken again',
    test: left('is taken but for the pages that were through'),
  },
  {
    file: MET,
    find: "if (!task || !hasInHand(task, holder)) return 'through';",
    replace: "return 'through';",
    why: 'a message stays in its queue until it is through',
    test: left('stays in the queue until it is through, though it comes to another task'),
  },
  {
    file: 'functions/lifecycle/flow/hand.ts',
    find: '    const pause = await commitPage(work, moved, undefined, done, committed);\n',
    replace: '    await committed();\n    const pause = await commitPage(work, moved, undefined, done);\n',
    why: 'a message is deleted from its queue after what came of it is committed',
    test: lost('keeps messages in the queue until their outcome is committed'),
  },
  {
    file: 'functions/lifecycle/flow/inherited-hand.ts',
    find: '      ...(!isAsItWas && { page: left.pageAnew, part: null }),\n',
    replace: '      ...(isAsItWas && {}),\n',
    why: 'a page that is not what it was any more has another key',
    test: left('gets another page number once a part of it is taken'),
  },
  {
    file: 'functions/lifecycle/flow/held-task.ts',
    find: '      this.#isUnsure = !isNotMade(error);\n',
    replace: '      void isNotMade(error);\n',
    why: 'a worker that does not know whether it moved its task on does not undo it',
    test: lost('is taken once by a task that does not know whether it took it'),
  },
  {
    file: 'functions/lifecycle/flow/end.ts',
    find: 'purgeAt: purgeTime(now, daysKept(tasks, retentionDays))',
    replace: 'purgeAt: purgeTime(now, Math.min(daysKept(tasks, retentionDays), retentionDays))',
    why: 'a run that left messages is kept for as long as they may come again',
    test: lost('is there for a new run as long as a queue may give it'),
  },
  {
    file: HANDS,
    find: '      ...plan.splits.map(({ from }) => from?.hand),\n',
    replace: '      ...plan.splits.map(() => null),\n',
    why: 'what a run inherited is kept until a task comes to it',
    test: lost('waits for its heir, though the first checkpoint of that fails'),
  },
  {
    file: HANDS,
    find: '      if (modified >= old) continue;\n',
    replace: '      void old;\n',
    why: 'what a source gave is not removed before it is committed',
    test: kept('what was just kept stays'),
  },
  {
    file: HANDS,
    find: 'if (!kept.has(key)) await objects.remove(key);',
    replace: 'await objects.remove(key);',
    why: 'nor while a task, or a checkpoint, has it',
    test: kept('what a task has in hand, and what a checkpoint has, stays'),
  },
  {
    file: 'functions/store/checkpoints.ts',
    find: "all(exists('pk'), equals('state', 'in_progress'))",
    replace: "absent('nobody')",
    why: 'a checkpoint that was removed as old is not there again once it ends',
    test: checkpointed('one that took so long that it was removed as old is not there again once it ends'),
  },
  {
    file: 'functions/domain/flow/failures.ts',
    find: 'failuresAt(task, movedOnAt(task)) + 1',
    replace: 'failuresAt(task, Math.max(movedOnAt(task), Number.POSITIVE_INFINITY)) + 1',
    why: 'failures of a task are forgotten for what it brought about, not for the time it tried',
    test: { file: 'test/fault/attempts.test.ts', named: 'adds it to those of late' },
  },
  {
    file: 'functions/lifecycle/flow/attend-checkpoints.ts',
    find: ' && isHeld(one, platform.now()))?.index',
    replace: ')?.index',
    why: 'a task that nobody works on takes no checkpoint',
    test: {
      file: 'test/fault/checkpoint-timer.test.ts',
      named: 'a task that waits to be tried again keeps the others from none',
    },
  },
  {
    file: 'functions/store/checkpoints.ts',
    find: "return put(db, db.tables.records, item, absent('pk'));",
    replace: 'return put(db, db.tables.records, item);',
    why: 'checkpoints that begin at once do not take each other’s place',
    test: kept('that are taken at the same time have epochs of their own'),
  },
  {
    file: 'functions/executors/flow/sinks/http.ts',
    find: "platformHeaders: { 'idempotency-key': key }",
    replace: 'platformHeaders: {}',
    why: 'a sink can know what it is sent again',
    test: sink('have the key they had when they are written again, whoever writes them'),
  },
  {
    file: 'functions/lifecycle/flow/page.ts',
    find: 'return { waitMs: done.waitMs ?? 0 };',
    replace: 'return { waitMs: 0 };',
    why: 'a sink that asks for a long wait is not asked again before',
    test: {
      file: 'test/fault/asked-waits.test.ts',
      named: 'receives nothing before the wait is over',
    },
  },
  {
    file: 'functions/executors/flow/sinks/http.ts',
    find: 'const through = Math.min(next, ...postponed.map(({ index }) => index));',
    replace: 'const through = next;',
    why: 'a record that has to wait is sent in the end',
    test: sink('takes single records again from the first that has to wait, under the keys they had'),
  },
  {
    file: 'functions/executors/flow/sources/http.ts',
    find: '{ place, short, ...seen, urls }',
    replace: '{ place, short, ...seen, urls: null }',
    why: 'next pages that go round do so once',
    test: { file: 'test/unit/flow-http-source-ends.test.ts', named: 'fail the source when links lead round' },
  },
  {
    file: 'functions/executors/flow/sources/http.ts',
    find: '{ place, short, ...seen, urls }',
    replace: '{ place, short, ...seen, repeats: 0, urls }',
    why: 'a page that comes for ever comes a few times',
    test: { file: 'test/unit/flow-http-source-ends.test.ts', named: 'fail the source that gives one record for ever' },
  },
  {
    file: 'functions/executors/flow/http/page-position.ts',
    find: '(before?.emptyPages ?? 0) + 1',
    replace: '1',
    why: 'pages without a record end after a thousand',
    test: {
      file: 'test/unit/flow-http-source-ends.test.ts',
      named: 'the position carries the count of empty pages from slice to slice',
    },
  },
  {
    file: 'functions/lifecycle/send-back.ts',
    find: 'Math.max(retryDelayMs(job.retry, run.attempt, platform.random()), retryAfterMs)',
    replace: 'retryDelayMs(job.retry, run.attempt, platform.random())',
    why: 'a receiver that asks for a wait is not asked again before',
    test: { file: 'test/fault/asked-waits.test.ts', named: 'receives no further attempt before the wait is over' },
  },
  {
    file: 'functions/executors/flow/http/persist.ts',
    find: 'if (!(error instanceof MayPass)) throw error;',
    replace: 'if (error) throw error;',
    why: 'a sink that fails for a moment is asked again',
    test: sink('whose connection breaks gets it again under the same key'),
  },
  {
    file: 'functions/platform/objects.ts',
    find: '          IfMatch: etag,\n',
    replace: '',
    why: 'an object that is written while it is read is not read half and half',
    test: { file: 'test/unit/flow-source-s3.test.ts', named: 'that were changed since the plan fail for good' },
  },
];
