import type { Mutation } from './mutation.ts';

const inFlowRuns = (named: string) => ({ file: 'test/simulation/flow-runs.test.ts', named });
const inFailingTasks = (named: string) => ({ file: 'test/simulation/failing-tasks.test.ts', named });
const inLostPlanner = (named: string) => ({ file: 'test/simulation/lost-planner.test.ts', named });
const inStagedPageRemoval = (named: string) => ({ file: 'test/simulation/staged-page-removal.test.ts', named });
const inAdoptedMessages = (named: string) => ({ file: 'test/simulation/adopted-messages.test.ts', named });
const inQueueMessageLoss = (named: string) => ({ file: 'test/simulation/queue-message-loss.test.ts', named });
const inCheckpoints = (named: string) => ({ file: 'test/simulation/checkpoints.test.ts', named });
const inLeaseHeartbeat = (named: string) => ({ file: 'test/simulation/lease-heartbeat.test.ts', named });
const inHttpSink = (named: string) => ({ file: 'test/unit/functions/core/executors/flow/sinks/http.test.ts', named });

/** What brings each record of a flow to its sinks once. */
export const FLOW_MUTATIONS: readonly Mutation[] = [
  {
    guard: 'task.commit.lease',
    why: 'a zombie does not move a task that is no longer its own',
    test: inFlowRuns('moves nothing: the slice that took over is the one that counts'),
  },
  {
    guard: 'task.commit-with.lease',
    why: 'nor does it together with what others see: it fails no run',
    test: inFailingTasks('a slice that fails after its task was taken over fails no run'),
  },
  {
    guard: 'task.change.unchanged',
    why: 'a slice is claimed by one worker, however often its message comes',
    test: inFlowRuns('leaves a slice alone that somebody else did after it was read'),
  },
  {
    guard: 'task.change.lease-until',
    why: 'a task whose lease was renewed meanwhile is not taken from its worker',
    test: inFailingTasks('a task whose lease is renewed as it is found run out goes on'),
  },
  {
    guard: 'task.change.page',
    why: 'what a worker commits as its task is taken from it stays',
    test: { file: 'test/simulation/task-commits.test.ts', named: 'that came while its lease was found run out' },
  },
  {
    guard: 'task.renew.lease',
    why: 'a zombie does not renew a lease that is no longer its own',
    test: inLeaseHeartbeat('stops its work on a task that somebody else has taken'),
  },
  {
    guard: 'task.lease-expired',
    why: 'a worker that cannot renew its lease on a task stops when that is over',
    test: inLeaseHeartbeat('stops its work on a task when its lease is over by its own clock'),
  },
  {
    guard: 'slice.claim.once',
    why: 'a slice whose message comes twice is done once',
    test: inFlowRuns('does a slice once, however often its message comes'),
  },
  {
    guard: 'slice.resend-limit',
    as: 'false',
    why: 'a slice that crashes every worker fails its run',
    test: inFlowRuns('is sent again and again for some hours, and then fails its run'),
  },
  {
    guard: 'slice.fail.beside-another',
    why: 'a task that fails beside another one ends, too',
    test: inFailingTasks('tasks that fail at the same time end together with their run'),
  },
  {
    guard: 'lost-task.fail-run',
    as: '[]',
    why: 'a run does not complete without a task that was lost, though who found that crashed',
    test: inFailingTasks('of whoever finds a task lost for the last time leaves no run that completes without it'),
  },
  {
    guard: 'flow.fail.running',
    why: 'a run that ended is not failed after that',
    test: inFailingTasks('a timeout that is noticed as the run ends leaves it as it ended'),
  },
  {
    guard: 'flow.end.once',
    why: 'of several who end a flow run at once, one does',
    test: inFailingTasks('a stop that is asked for as a run ends ends it all the same'),
  },
  {
    guard: 'flow.end.stop-requested',
    why: 'a run that is asked to stop as its last task ends does end',
    test: inFailingTasks('a stop that is asked for as a run ends ends it all the same'),
  },
  {
    guard: 'plan.tasks.attempt',
    as: 'undefined',
    why: 'a planner that comes late does not begin the tasks anew',
    test: inLostPlanner('until another one has planned the run changes nothing'),
  },
  {
    guard: 'plan.mark.lease',
    why: 'nor does it put its plan in the place of the other',
    test: inLostPlanner('until another one has planned the run changes nothing'),
  },
  {
    guard: 'plan.children.absent',
    why: 'nor does it bring back steps that have ended',
    test: inLostPlanner('a planner that stalls until the run has ended brings no step of it back'),
  },
  {
    guard: 'lost-slice.other-copy',
    why: 'a slice that was begun by another copy of its message goes on',
    test: { file: 'test/simulation/abandoned-slices.test.ts', named: 'and that another message of it began goes on' },
  },
  {
    guard: 'staging.before-sinks',
    as: 'true',
    why: 'a source that answers otherwise when asked again is kept before it is used',
  },
  {
    guard: 'seen-message.once',
    as: 'undefined',
    why: 'a message of a queue that comes again is taken once',
    test: {
      file: 'test/simulation/queue-redelivery.test.ts',
      named: 'of a whole batch of messages is found out at once',
    },
  },
  {
    guard: 'seen-message.adopt-once',
    as: 'undefined',
    why: 'what a run left behind goes to one of those that come for it',
    test: inAdoptedMessages('goes to one of two: a restart leaves to a new run what that took'),
  },
  {
    guard: 'seen-message.task-active',
    head: true,
    as: 'true',
    why: 'what a task has in hand is not taken by another run',
    test: inAdoptedMessages('stays in the queue until it is through, though it comes to another run'),
  },
  {
    guard: 'seen-message.own-run',
    why: 'nor by another task of its own run, once it was stopped',
    test: inAdoptedMessages('had in hand when it was stopped is not taken by another that is still at work'),
  },
  {
    guard: 'seen-message.inherited',
    why: 'what a restart inherits waits for the task that is to take it',
    test: inAdoptedMessages('waits for the task of the restart that inherits it'),
  },
  {
    guard: 'seen-message.committed',
    why: 'what is through of a hand that was left behind is not taken again',
    test: inAdoptedMessages('is taken but for the pages that were through'),
  },
  {
    guard: 'seen-message.keep-in-queue',
    as: 'true',
    why: 'a message stays in its queue until it is through',
    test: inAdoptedMessages('stays in the queue until it is through, though it comes to another task'),
  },
  {
    guard: 'message.acknowledge-after-commit',
    as: '(await committed(), undefined)',
    why: 'a message is deleted from its queue after what came of it is committed',
    test: inQueueMessageLoss('keeps messages in the queue until their outcome is committed'),
  },
  {
    guard: 'staged-page.partial-key',
    why: 'a page that is not what it was any more has another key',
    test: inAdoptedMessages('gets another page number once a part of it is taken'),
  },
  {
    guard: 'task.unsure-write',
    why: 'a worker that does not know whether it moved its task on does not undo it',
    test: inQueueMessageLoss('is taken once by a task that does not know whether it took it'),
  },
  {
    guard: 'flow.retention.messages',
    as: '1',
    why: 'a run that left messages is kept for as long as they may come again',
    test: inQueueMessageLoss('is there for a new run as long as a queue may give it'),
  },
  {
    guard: 'staged-page.inherited',
    why: 'what a run inherited is kept until a task comes to it',
    test: inQueueMessageLoss('waits for its heir, though the first checkpoint of that fails'),
  },
  {
    guard: 'staged-page.recent',
    why: 'what a source gave is not removed before it is committed',
    test: inStagedPageRemoval('what was just kept stays'),
  },
  {
    guard: 'staged-page.in-use',
    as: 'true',
    why: 'nor while a task, or a checkpoint, has it',
    test: inStagedPageRemoval('what a task has in hand, and what a checkpoint has, stays'),
  },
  {
    guard: 'checkpoint.removed',
    as: 'undefined',
    why: 'a checkpoint that was removed as old is not there again once it ends',
    test: inCheckpoints('one that took so long that it was removed as old is not there again once it ends'),
  },
  {
    guard: 'task.failures.progress',
    as: 'Number.POSITIVE_INFINITY',
    why: 'failures of a task are forgotten for what it brought about, not for the time it tried',
    test: { file: 'test/simulation/task-attempts.test.ts', named: 'adds it to those of late' },
  },
  {
    guard: 'checkpoint.idle-task',
    why: 'a task that nobody works on takes no checkpoint',
    test: {
      file: 'test/simulation/checkpoint-timer.test.ts',
      named: 'a task that waits to be tried again keeps the others from none',
    },
  },
  {
    guard: 'checkpoint.epoch',
    why: 'checkpoints that begin at once do not take each other’s place',
    test: inStagedPageRemoval('that are taken at the same time have epochs of their own'),
  },
  {
    guard: 'http-sink.idempotency-key',
    as: '{}',
    why: 'a sink can know what it is sent again',
    test: inHttpSink('repeats the keys when another writer writes the page again'),
  },
  {
    guard: 'sink.asked-wait',
    as: '0',
    why: 'a sink that asks for a long wait is not asked again before',
    test: {
      file: 'test/simulation/retry-after.test.ts',
      named: 'receives nothing before the wait is over',
    },
  },
  {
    guard: 'http-sink.postponed',
    as: 'next',
    why: 'a record that has to wait is sent in the end',
    test: inHttpSink('resumes single records at the first deferred one, under the same keys'),
  },
  {
    guard: 'http-source.cycle',
    as: 'urls: null',
    why: 'next pages that go round do so once',
    test: {
      file: 'test/unit/functions/core/executors/flow/sources/http.paging.test.ts',
      named: 'fails the source if links form a cycle',
    },
  },
  {
    guard: 'http-source.repeats',
    as: '...seen, repeats: 0',
    why: 'a page that comes for ever comes a few times',
    test: {
      file: 'test/unit/functions/core/executors/flow/sources/http.paging.test.ts',
      named: 'fails a source that repeats one record forever',
    },
  },
  {
    guard: 'http-source.empty-pages',
    as: '0',
    why: 'pages without a record end after a thousand',
    test: {
      file: 'test/unit/functions/core/executors/flow/sources/http.paging.test.ts',
      named: 'counts them in the position from slice to slice',
    },
  },
  {
    guard: 'run.retry.asked-wait',
    why: 'a receiver that asks for a wait is not asked again before',
    test: { file: 'test/simulation/retry-after.test.ts', named: 'receives no further attempt before the wait is over' },
  },
  {
    guard: 'http.retry',
    as: 'true',
    why: 'a sink that fails for a moment is asked again',
    test: inHttpSink('repeats a request under the same key after a broken connection'),
  },
  {
    guard: 'object.etag',
    why: 'an object that is written while it is read is not read half and half',
    test: {
      file: 'test/unit/functions/core/executors/flow/sources/s3.test.ts',
      named: 'fails permanently if an object was changed after the plan',
    },
  },
];
