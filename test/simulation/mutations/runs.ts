import type { Mutation } from './mutation.ts';

const inRaces = (named: string) => ({ file: 'test/simulation/races.test.ts', named });
const inLeaseHeartbeat = (named: string) => ({ file: 'test/simulation/lease-heartbeat.test.ts', named });
const inOutdatedReads = (named: string) => ({ file: 'test/simulation/outdated-reads.test.ts', named });

const inInput = (named: string) => ({ file: 'test/simulation/run-input.test.ts', named });
const inLimits = (named: string) => ({ file: 'test/unit/functions/api/administration/limits.test.ts', named });
const inComputeTime = (named: string) => ({ file: 'test/simulation/compute-time.test.ts', named });

/** Guards that keep a run from being executed or ended twice. */
export const RUN_MUTATIONS: readonly Mutation[] = [
  {
    guard: 'run.claim.once',
    why: 'lets one worker claim a run',
  },
  {
    guard: 'limit.stored-bytes',
    as: 'false',
    why: 'starts no run of a tenant whose storage is used up',
    test: inLimits('rejects definitions and triggers above the limit, and skips ticks with the reason'),
  },
  {
    guard: 'limit.compute',
    as: 'true',
    why: 'starts no run of a tenant whose compute time is used up',
    test: inLimits('rejects triggers at the limit, skips ticks with the reason, and allows definitions'),
  },
  {
    guard: 'usage.month-end',
    as: 'const freshUntil = at + lifetime;',
    why: 'starts runs from the first instant of a month',
    test: inLimits('allows triggers again from the first instant of the next month'),
  },
  {
    guard: 'flow.compute.once',
    as: '0',
    why: 'counts the time of a slice once if it was added to the run before the end',
    test: inComputeTime('adds ten minutes of slices to a running flow run, and the rest at its end'),
  },
  {
    guard: 'run.end.lease',
    as: "exists('pk')",
    why: 'rejects the result of a worker that has lost its run',
  },
  {
    guard: 'run.end.expired',
    as: "exists('pk')",
    why: 'does not fail a run that ends during the sweep',
    test: inRaces('leaves the result of a run that ends meanwhile'),
  },
  {
    guard: 'run.end.renewed',
    why: 'does not fail a run whose lease is renewed during the sweep',
    test: inRaces('keeps the run if its lease is renewed meanwhile'),
  },
  {
    guard: 'run.renew.lease',
    why: 'rejects a renewal of a lost run lease',
    test: inRaces('renewLease rejects a token of a lost lease'),
  },
  {
    guard: 'run.create.once',
    why: 'creates one run per tick',
    test: inRaces('keeps the run that was created and claimed meanwhile'),
  },
  {
    guard: 'idempotency-key.once',
    as: "absent('unknown')",
    why: 'creates one run per idempotency key',
    test: inInput('returns the run of a concurrent request with the same key'),
  },
  {
    guard: 'idempotency-key.content',
    as: 'false',
    why: 'returns no run of a request with another body',
    test: inInput('fails with '),
  },
  {
    guard: 'run.input.first',
    why: 'stores the input before a run that needs it',
    test: inInput('exists before the run, wherever its start crashes'),
  },
  {
    guard: 'run.input.secrets',
    as: 'false && values.length > 0',
    why: 'lets only those who may define a job set variables beside its secrets',
    test: {
      file: 'test/unit/functions/core/domain/run-input.test.ts',
      named: 'rejects variables that meet a secret, of a caller who may not define the job',
    },
  },
  {
    guard: 'run.input.secrets-later',
    as: 'false',
    why: 'gives no secret to a run whose variables were set when its job had none',
    test: inInput('fail the run for good if its job has referred to a secret since'),
  },
  {
    guard: 'run.input.missing',
    why: 'executes no run without its input',
    test: inInput('fails the run for good if it has expired'),
  },
  {
    guard: 'idempotency-key.expired',
    why: 'ignores an expired idempotency key that DynamoDB still holds',
    test: { file: 'test/simulation/run-lifecycle.test.ts', named: 'starts a new run after a day' },
  },
  {
    guard: 'run.cancel.queued',
    why: 'does not cancel an ended run',
  },
  {
    guard: 'run.fail-queued.queued',
    why: 'fails only queued runs for a dead letter',
    test: inRaces('fails no run that another copy has started or ended, as a dead letter'),
  },
  {
    guard: 'run.stop.running',
    why: 'does not stop an ended run',
    test: inRaces('leaves the result of a run that ends meanwhile'),
  },
  {
    guard: 'run.cancel.requeued',
    head: true,
    as: 'false',
    why: 'cancels a run that is requeued meanwhile',
    test: inRaces('cancels a run that is requeued for its next attempt meanwhile'),
  },
  {
    guard: 'run.retry.running',
    why: 'does not retry a stopping run',
    test: inRaces('prevents further attempts if it comes before a failure is reported'),
  },
  {
    guard: 'run.release-claim.running',
    why: 'does not requeue a stopping run',
    test: inRaces('cancels a run that releases its claim to another one meanwhile'),
  },
  {
    guard: 'run.late.once',
    why: 'marks a run as late once',
    test: inRaces('marks a run as late once if two callers find it late'),
  },
  {
    guard: 'run.claim.incarnation',
    as: 'false',
    why: 'ignores messages of a former incarnation',
    test: inRaces('starts no run of a new job with the id of a deleted job'),
  },
  {
    guard: 'tick.redelivered.send',
    why: 'sends the run message that a crash prevented, for a tick',
    test: inRaces('sends the run message that a crash prevented, for a tick'),
  },
  {
    guard: 'send.failed',
    as: '[]',
    why: 'sends messages again that SQS did not accept',
    test: {
      file: 'test/unit/functions/core/platform/queues.test.ts',
      named: 'sends again what SQS did not accept',
    },
  },
  {
    guard: 'send.gathered.slow',
    as: '1e9',
    why: 'sends the messages of other ticks while one waits',
    test: {
      file: 'test/unit/functions/core/engine/start/dispatch-ticks.test.ts',
      named: 'sends the messages of the other ticks while one waits',
    },
  },
  {
    guard: 'row.shown.stored',
    as: '0',
    why: 'shows and counts an expired run until DynamoDB removes it',
    test: {
      file: 'test/simulation/run-lifecycle.test.ts',
      named: 'shows an expired run until DynamoDB removes it',
    },
  },
  {
    guard: 'row.removal.daily',
    as: 'days',
    why: "removes a tenant's rows once a day, so that its counters can be compared in between",
    test: {
      file: 'test/simulation/run-lifecycle.test.ts',
      named: 'lets DynamoDB remove all rows of a tenant together',
    },
  },
  {
    guard: 'row.hidden.flow',
    as: 'REMOVAL_MS',
    why: 'removes the rows and objects of a flow run after its retention',
    test: {
      file: 'test/simulation/flow-runs.test.ts',
      named: 'removes all rows and objects of a run after its retention',
    },
  },
  {
    guard: 'redrive.key.shown',
    as: 'Date.parse(row.purgeAt)',
    why: 'redrives a failure once as long as it is shown',
    test: { file: 'test/simulation/redrive.test.ts', named: 'starts one redriven run while it is shown' },
  },
  {
    guard: 'run.wait.queued',
    why: 'marks only queued runs as waiting',
    test: inRaces('does not mark a run as waiting that was claimed meanwhile'),
  },
  {
    guard: 'run.wake.waiting',
    why: 'wakes only stored runs',
    test: inRaces('passes to a run that is not stored yet, which is stored and sent then'),
  },
  {
    guard: 'run.claim.limit',
    as: 'false',
    why: 'enforces the concurrency limit for concurrent claims',
    test: inRaces('holds the limit if two runs start at the same time, and one of them waits'),
  },
  {
    guard: 'run.claim.consistent',
    as: 'undefined',
    why: 'reads a run consistently before it drops the message',
    test: inOutdatedReads('claims a run that eventually consistent reads do not show yet'),
  },
  {
    guard: 'run.claim.consistent-job',
    as: 'undefined',
    why: 'reads a job consistently before it cancels the run of a deleted job',
    test: inOutdatedReads('claims a run of a job that eventually consistent reads do not show yet'),
  },
  {
    guard: 'run.claim.recent-message',
    as: 'true',
    why: 'trusts the lock in a message only while no other run can take it over',
    test: inOutdatedReads('lets a run wait that lost its lock, although its message names the lock'),
  },
  {
    guard: 'run.claim.recent-lock',
    as: 'true',
    why: 'trusts an outdated lock only while no other run can take it over',
    test: inOutdatedReads(
      'lets a run wait that lost its lock, although eventually consistent reads show it as the holder',
    ),
  },
  {
    guard: 'run.refused.consistent',
    as: 'true',
    why: 'reads the state of a job consistently before it refuses a manual run',
    test: inOutdatedReads('lets a run wait for the place that eventually consistent reads show as taken'),
  },
  {
    guard: 'tick.ignored.consistent',
    as: 'context.job',
    why: 'reads a job consistently before a tick is ignored or skipped',
    test: inOutdatedReads('starts the run of a job that eventually consistent reads do not show yet'),
  },
  {
    guard: 'tick.newest',
    as: 'false',
    why: 'looks for the row of a tick that may have been decided before',
    test: inRaces('sends the run message that a crash prevented, for a tick'),
  },
  {
    guard: 'run.claim.retry-limit',
    as: 'false',
    why: 'enforces the concurrency limit for retries, which take their slot with the claim',
    test: inRaces('holds the limit if another run takes the last slot while a retry is claimed'),
  },
  {
    guard: 'run.claim.recheck',
    why: 'rechecks the capacity after marking a run as waiting',
    test: inRaces('advances if the only other run is canceled before the next one waits'),
  },
  {
    guard: 'run.start.recheck',
    as: 'false',
    why: 'rechecks the capacity after storing a run that waits for a slot',
    test: inRaces('advances if the only active run ended before the next one was queued'),
  },
  {
    guard: 'run.claim.due',
    why: 'starts no attempt before its due time',
    test: inRaces('does not start the next attempt before its due time'),
  },
  {
    guard: 'heartbeat.run-taken',
    why: 'interrupts the work on a run that another worker has',
    test: inLeaseHeartbeat('interrupts the work on a run that another worker has ended'),
  },
  {
    guard: 'heartbeat.lease-expired',
    why: 'interrupts the work when the run lease has expired',
    test: inLeaseHeartbeat(
      'interrupts the work on a run when the lease expires by the local clock while the store is unreachable',
    ),
  },
  {
    guard: 'live-output.retry',
    as: 'true',
    why: 'writes a piece of output again unchanged',
    test: {
      file: 'test/simulation/live-output.test.ts',
      named: 'writes the same piece again after a failed write, even if more output exists',
    },
  },
];
