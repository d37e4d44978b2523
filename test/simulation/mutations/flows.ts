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
const inObjectDeltas = (named: string) => ({ file: 'test/simulation/object-deltas.test.ts', named });
const inObjectStore = (named: string) => ({ file: 'test/unit/lib/local/fauxqs/object-store.test.ts', named });
const inConcurrentTasks = (named: string) => ({ file: 'test/simulation/concurrent-tasks.test.ts', named });

/** Guards that bring each record of a flow to its sinks exactly once. */
export const FLOW_MUTATIONS: readonly Mutation[] = [
  {
    guard: 'task.commit.lease',
    why: 'rejects a commit of a worker that has lost its task',
    test: inFlowRuns('commits nothing after another slice has claimed its task'),
  },
  {
    guard: 'task.commit-with.lease',
    why: 'fails no run from a worker that has lost its task',
    test: inFailingTasks('does not fail the run if the failing slice has lost its task to another worker'),
  },
  {
    guard: 'task.change.unchanged',
    why: 'lets one worker claim a slice',
    test: inFlowRuns('skips a slice that another worker processed after the task was read'),
  },
  {
    guard: 'task.change.lease-until',
    why: 'keeps a task whose lease is renewed meanwhile',
    test: inFailingTasks('keeps the task if its lease is renewed while the sweeper finds it expired'),
  },
  {
    guard: 'task.change.page',
    why: 'keeps a commit that races with the recovery of its task',
    test: { file: 'test/simulation/task-commits.test.ts', named: 'that was committed while the sweeper found' },
  },
  {
    guard: 'task.renew.lease',
    why: 'rejects a renewal of a lost task lease',
    test: inLeaseHeartbeat('interrupts the work on a task that another worker has claimed'),
  },
  {
    guard: 'task.lease-expired',
    why: 'interrupts a task when its lease has expired',
    test: inLeaseHeartbeat(
      'interrupts the work on a task when the lease expires by the local clock while the store is unreachable',
    ),
  },
  {
    guard: 'slice.claim.once',
    as: 'false',
    why: 'processes a slice once',
    test: inFlowRuns('processes a slice once if its message is delivered several times'),
  },
  {
    guard: 'slice.resend-limit',
    as: 'false',
    why: 'fails a run after the resend limit of a slice',
    test: inFlowRuns('fails its run after being resent for some hours'),
  },
  {
    guard: 'slice.fail.beside-another',
    why: 'ends a task that fails beside another one',
    test: inFailingTasks('ends both tasks and the run if two tasks fail at the same time'),
  },
  {
    guard: 'lost-task.fail-run',
    as: '[]',
    why: 'fails a run with its last lost task in one transaction',
    test: inFailingTasks('leaves no run that completes without the lost task'),
  },
  {
    guard: 'flow.fail.running',
    why: 'does not fail an ended run',
    test: inFailingTasks('leaves the run completed if its timeout is noticed after its end'),
  },
  {
    guard: 'record.ttl.active',
    as: '0',
    why: 'keeps the tasks of a run that is active for long until it has ended',
    test: {
      file: 'test/simulation/record-expiry.test.ts',
      named: 'expires the rows that a flow run leaves behind',
    },
  },
  {
    guard: 'flow.ttl.owner',
    as: 'rowTtlOf(seen.tenant, end.purgeAt)',
    why: "keeps a flow run's row until a late purge has removed the rows that belong to it",
    test: inFlowRuns('outlives its retention by 90 days, so that a late purge finds the rows that belong to it'),
  },
  {
    guard: 'run.ttl.owner',
    as: 'rowTtlOf(run.tenant, end.purgeAt)',
    why: "keeps an unplanned flow run's row until a late purge has removed the rows that belong to it",
    test: inFlowRuns('outlives its retention by 90 days if the run failed before it was planned'),
  },
  {
    guard: 'flow.end.once',
    why: 'ends a flow run once',
    test: inFailingTasks('ends the run if a stop is requested while it ends'),
  },
  {
    guard: 'flow.end.stop-requested',
    why: 'ends a run whose stop is requested while its last task ends',
    test: inFailingTasks('ends the run if a stop is requested while it ends'),
  },
  {
    guard: 'plan.tasks.attempt',
    as: 'undefined',
    why: 'does not reset the tasks of a newer plan',
    test: inLostPlanner('until another one has planned the run'),
  },
  {
    guard: 'plan.mark.lease',
    why: 'does not replace a newer plan',
    test: inLostPlanner('until another one has planned the run'),
  },
  {
    guard: 'plan.children.absent',
    why: 'does not restore ended steps',
    test: inLostPlanner('restores no step if a planner stalls until the run has ended'),
  },
  {
    guard: 'lost-slice.other-copy',
    why: 'keeps a slice that another copy of its message started',
    test: {
      file: 'test/simulation/abandoned-slices.test.ts',
      named: 'leaves a slice that another copy of the message has started',
    },
  },
  {
    guard: 'staging.before-sinks',
    as: 'true',
    why: 'stages a page of a source that cannot be replayed before its use',
  },
  {
    guard: 'seen-message.once',
    as: 'undefined',
    why: 'takes a redelivered message once',
    test: {
      file: 'test/simulation/queue-redelivery.test.ts',
      named: 'skips a redelivered batch and takes the new messages of a mixed one',
    },
  },
  {
    guard: 'seen-message.adopt-once',
    as: 'undefined',
    why: 'lets one run adopt a staged message',
    test: inAdoptedMessages('passes to one of two runs: a restart skips the messages that a new run has taken'),
  },
  {
    guard: 'seen-message.task-active',
    head: true,
    as: 'true',
    why: 'leaves messages of an active task to that task',
    test: inAdoptedMessages('stays in the queue until it is committed although another run receives it'),
  },
  {
    guard: 'seen-message.own-run',
    why: "leaves messages of a stopped run's tasks to the restart",
    test: inAdoptedMessages(
      'does not pass the staged page of a stopped task to a running task, because sinks may have received a part of it',
    ),
  },
  {
    guard: 'seen-message.inherited',
    why: 'reserves adopted messages for their task',
    test: inAdoptedMessages('waits for the task that adopts it although another task receives its messages'),
  },
  {
    guard: 'seen-message.committed',
    why: 'skips the committed part of a staged page',
    test: inAdoptedMessages('passes to a new run except for the committed pages'),
  },
  {
    guard: 'seen-message.keep-in-queue',
    as: 'true',
    why: 'keeps a message in its queue until it is committed',
    test: inAdoptedMessages('stays in the queue until it is committed although another task receives it'),
  },
  {
    guard: 'message.acknowledge-after-commit',
    as: '(await page.onCommitted?.(), undefined)',
    why: 'deletes a message after its outcome is committed',
    test: inQueueMessageLoss('keeps messages in the queue until their outcome is committed'),
  },
  {
    guard: 'staged-page.partial-key',
    why: 'gives a partly adopted page another key',
    test: inAdoptedMessages(
      'gets another page key after a part of it was taken, because sinks may have received the original page',
    ),
  },
  {
    guard: 'task.unsure-write',
    why: 'does not undo a commit whose response was lost',
    test: inQueueMessageLoss('processes a page once if the response to the write that stages it is lost'),
  },
  {
    guard: 'flow.retention.messages',
    as: '1',
    why: 'keeps a run as long as its messages may be redelivered',
    test: inQueueMessageLoss(
      "keeps a run with staged messages as long as the queue may redeliver them, even if the tenant's retention is shorter",
    ),
  },
  {
    guard: 'staged-page.inherited',
    why: 'keeps adopted staged pages until a task processes them',
    test: inQueueMessageLoss(
      "keeps the staged page for the task that adopts it although that run's first checkpoint fails",
    ),
  },
  {
    guard: 'staged-page.recent',
    why: 'keeps a page that is about to be staged',
    test: inStagedPageRemoval('keeps a page that was just stored and is about to be staged'),
  },
  {
    guard: 'staged-page.in-use',
    as: 'true',
    why: 'keeps staged pages of tasks and checkpoints',
    test: inStagedPageRemoval('keeps the staged pages of tasks and checkpoints and removes the others'),
  },
  {
    guard: 'checkpoint.removed',
    as: 'undefined',
    why: 'does not restore a removed checkpoint',
    test: inCheckpoints('does not restore a checkpoint that was removed as old before it completed'),
  },
  {
    guard: 'task.failures.progress',
    as: 'Number.POSITIVE_INFINITY',
    why: 'resets failures after progress only',
    test: {
      file: 'test/simulation/task-attempts.test.ts',
      named: 'counts the loss as another failure within two minutes',
    },
  },
  {
    guard: 'checkpoint.idle-task',
    why: 'leaves checkpoints to active tasks',
    test: {
      file: 'test/simulation/checkpoint-timer.test.ts',
      named: 'takes checkpoints while another task waits for a retry',
    },
  },
  {
    guard: 'checkpoint.epoch',
    why: 'gives concurrent checkpoints distinct epochs',
    test: inStagedPageRemoval('gives concurrent checkpoints distinct epochs'),
  },
  {
    guard: 'http-sink.idempotency-key',
    as: '{}',
    why: 'sends an idempotency key to HTTP sinks',
    test: inHttpSink('repeats the keys when another writer writes the page again'),
  },
  {
    guard: 'lookup.path',
    why: 'keeps the requests of a lookup in their path',
    test: {
      file: 'test/unit/functions/core/executors/flow/lookups/lookups.test.ts',
      named: 'sends no request for a key that would lead to another path',
    },
  },
  {
    guard: 'delta.path',
    why: 'keeps the requests of a delta in their path',
    test: {
      file: 'test/unit/functions/core/executors/flow/sources/http.test.ts',
      named: 'fails the run before the first request if it leads to another path',
    },
  },
  {
    guard: 'response-map.lost',
    as: 'true',
    head: true,
    why: 'sends a page again if the records that a sink made of responses are lost',
    test: { file: 'test/simulation/response-maps.test.ts', named: 'sends a page again under the same keys' },
  },
  {
    guard: 'response-map.bound',
    as: 'false',
    why: 'bounds the records that a sink makes of responses in all slices of a page',
    test: { file: 'test/simulation/response-maps.test.ts', named: 'fails a run whose page becomes too large' },
  },
  {
    guard: 'response-map.place',
    as: 'undefined',
    why: 'keeps the place of a record in the page although an earlier sink refused others',
    test: { file: 'test/simulation/response-maps.test.ts', named: 'gives no other sink a record that it refuses' },
  },
  {
    guard: 'response-map.retry',
    as: '[]',
    why: 'sends a retried record to the sinks that wait for the response',
    test: { file: 'test/simulation/response-maps.test.ts', named: 'gives no other sink a record that it refuses' },
  },
  {
    guard: 'route.place',
    as: 'index',
    why: 'keeps items of two sinks of a route apart',
    test: { file: 'test/simulation/routes.test.ts', named: 'keeps the items of two sinks that write into one' },
  },
  {
    guard: 'sink.asked-wait',
    as: '0',
    why: 'waits as long as a sink requests',
    test: {
      file: 'test/simulation/retry-after.test.ts',
      named: 'receives no record during the wait',
    },
  },
  {
    guard: 'http-sink.postponed',
    as: 'next',
    why: 'sends postponed records after the wait',
    test: inHttpSink('resumes single records at the first deferred one, under the same keys'),
  },
  {
    guard: 'http-source.cycle',
    as: 'urls: null',
    why: 'detects a cycle of next pages',
    test: {
      file: 'test/unit/functions/core/executors/flow/sources/http.paging.test.ts',
      named: 'fails the source if links form a cycle',
    },
  },
  {
    guard: 'http-source.repeats',
    as: '...seen, repeats: 0',
    why: 'detects a repeated page',
    test: {
      file: 'test/unit/functions/core/executors/flow/sources/http.paging.test.ts',
      named: 'fails a source that repeats one record forever',
    },
  },
  {
    guard: 'http-source.empty-pages',
    as: '0',
    why: 'limits consecutive empty pages',
    test: {
      file: 'test/unit/functions/core/executors/flow/sources/http.paging.test.ts',
      named: 'counts them in the position from slice to slice',
    },
  },
  {
    guard: 'run.retry.asked-wait',
    why: 'waits as long as a receiver requests',
    test: { file: 'test/simulation/retry-after.test.ts', named: 'receives no further attempt during the wait' },
  },
  {
    guard: 'http.retry',
    as: 'true',
    why: 'retries a transient failure of a sink',
    test: inHttpSink('repeats a request under the same key after a broken connection'),
  },
  {
    guard: 'http.operator-rate',
    as: '0',
    why: 'bounds the requests of an operator in all tasks',
    test: {
      file: 'test/unit/functions/core/platform/operator-limiter.test.ts',
      named: 'bounds the requests of all tasks at',
    },
  },
  {
    guard: 'http.host-rate',
    why: 'sends no more requests to a host than the tenant may',
    test: {
      file: 'test/unit/functions/core/platform/host-limiter.test.ts',
      named: 'bounds the requests of all workers of a tenant to a host',
    },
  },
  {
    guard: 'http-source.host-rate',
    as: 'false',
    why: 'leaves a page to a later slice while the rate of its host is used up',
    test: {
      file: 'test/unit/functions/core/executors/flow/sources/http.test.ts',
      named: 'leaves a page to a later slice after 20 s without a permitted request',
    },
  },
  {
    guard: 'object.etag',
    why: 'detects a change of an object between two reads',
    test: {
      file: 'test/unit/functions/core/executors/flow/sources/s3.test.ts',
      named: 'fails permanently if an object was changed after the plan',
    },
  },
  {
    guard: 'task-slot.limit',
    as: 'false',
    why: 'keeps the tasks of all runs of a tenant within its limit',
    test: inConcurrentTasks('stay within the limit of the tenant'),
  },
  {
    guard: 'task-slot.taken',
    why: 'gives a slot to one task at a time',
    test: inConcurrentTasks('do not take one slot twice'),
  },
  {
    guard: 'task-slot.recheck',
    why: 'wakes a task that began to wait while the last slot was freed',
    test: inConcurrentTasks('start if they begin to wait while'),
  },
  {
    guard: 'task-slot.wait-recheck',
    why: 'wakes a task that began to wait after the last slot was freed',
    test: inConcurrentTasks('start if the last slot was freed'),
  },
  {
    guard: 'task-slot.ended-task',
    why: 'releases the slot that was passed to a task after it ended',
    test: inConcurrentTasks('free a slot that was passed to them while their run was canceled'),
  },
  {
    guard: 'task-slot.lost-worker',
    why: 'frees the slot of a lost worker with its task',
    test: inConcurrentTasks('continue after the loss of a worker'),
  },
  {
    guard: 'task-slot.failed-task',
    why: 'frees the slot of a lost worker with the task that fails its run',
    test: inConcurrentTasks('free the slot of a lost worker if their run'),
  },
  {
    guard: 'task-slot.stopped-task',
    why: 'frees the slot of a lost worker with its stopped task',
    test: inConcurrentTasks('free the slot of a lost worker if their run'),
  },
  {
    guard: 'task-slot.stopped-waiting',
    why: 'takes stopped tasks out of the line',
    test: inConcurrentTasks('leave the line when their run is stopped'),
  },
  {
    guard: 'task-slot.forced-stop',
    why: 'limits the slot of a worker that has lost its task to its lease',
    test: inConcurrentTasks('keep the slot of a live worker until its lease has expired'),
  },
  {
    guard: 'task-slot.sweep',
    why: 'gives expired slots to waiting tasks',
    test: inConcurrentTasks('start with the first sweep'),
  },
  {
    guard: 'task-slot.lowered-limit',
    as: 'true',
    why: 'applies a lowered limit while tasks wait',
    test: inConcurrentTasks('wait for a free slot again if the limit was lowered'),
  },
  {
    guard: 'slice.resend-limit.waiting',
    as: 'true',
    why: 'does not fail a run because a task waits for long',
    test: inConcurrentTasks('do not fail their run however long they wait'),
  },
  {
    guard: 'delta.cursor.as-planned',
    as: "absent('unknown')",
    why: 'replaces no cursor that was set during a run',
    test: {
      file: 'test/simulation/delta-cursors.test.ts',
      named: 'does not replace a cursor that was set during the run',
    },
  },
  {
    guard: 'delta.stopped',
    as: 'false',
    why: 'stores no cursor behind a record at which a flow stopped',
    test: { file: 'test/simulation/delta-cursors.test.ts', named: 'stores no cursor if its flow stops' },
  },
  {
    guard: 'delta.cursor.as-read',
    as: 'undefined',
    why: 'sets no cursor that a run stored since it was read',
    test: { file: 'test/simulation/delta-cursors.test.ts', named: 'replaces no cursor that a run stored meanwhile' },
  },
  {
    guard: 'read-objects.as-read',
    as: 'undefined',
    why: 'keeps what another run stored since it was read',
    test: inObjectDeltas('stores nothing if another run stored what it read since'),
  },
  {
    guard: 'read-objects.as-planned',
    as: 'false',
    why: 'records no object that was read before the cursor was set',
    test: inObjectDeltas('does not record what it read if its cursor was set during the run'),
  },
  {
    guard: 'read-objects.stopped',
    as: 'true',
    why: 'reads an object again with a record at which a flow stopped',
    test: inObjectDeltas('reads an object again with a record at which the flow stopped'),
  },
  {
    guard: 'read-objects.worker',
    as: 'false',
    why: 'ends a run whose objects the sweeper cannot record',
    test: inObjectDeltas('waits for a worker to end it, because the sweeper may not change files'),
  },
  {
    guard: 'file.move.copy',
    as: 'undefined',
    why: 'moves no object that changed after it was read',
    test: inObjectStore('leaves an object that has changed at its place'),
  },
  {
    guard: 'file.move.delete',
    as: 'undefined',
    why: 'deletes no object that changes while it is moved',
    test: inObjectStore('does not delete an object that changes between its copy and the deletion'),
  },
  {
    guard: 'file.tag',
    as: 'undefined',
    why: 'tags no object that changed after it was read',
    test: inObjectStore('leaves an object that has changed at its place'),
  },
  {
    guard: 'restart.same-input',
    as: 'false',
    why: 'continues no run whose sources have changed',
    test: {
      file: 'test/simulation/restarts.test.ts',
      named: 'fails if the sources change before it is planned',
    },
  },
];
