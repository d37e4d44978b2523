import type { Mutation } from './mutation.ts';

const inNotifications = (named: string) => ({ file: 'test/simulation/notifications.test.ts', named });
const inCounterRebuilds = (named: string) => ({ file: 'test/simulation/counter-rebuilds.test.ts', named });
const inAggregation = (named: string) => ({ file: 'test/simulation/counter-aggregation.test.ts', named });
const inReconciliation = (named: string) => ({ file: 'test/simulation/counter-reconciliation.test.ts', named });

/** Guards that count and notify each change exactly once. */
export const COUNTER_AND_NOTIFICATION_MUTATIONS: readonly Mutation[] = [
  {
    guard: 'counter.watermark',
    why: 'counts a batch once beside a zombie',
  },
  {
    guard: 'counter.generation',
    why: 'counts records read before a rebuild for the earlier generation only',
    test: inReconciliation('does not count a record read before a later rebuild began for that rebuild'),
  },
  {
    guard: 'counter.cut',
    why: 'counts a run on the right side of a cut that was set after the head was cached',
    test: inAggregation('counts a run as recent in a counter that was divided after its head was cached'),
  },
  {
    guard: 'counter.compute.outdated',
    as: 'const isOutdated = () => false;',
    why: 'keeps the counter of a tenant from growing with every month',
    test: inAggregation('keeps the compute time of two months, also when runs of an earlier one are counted'),
  },
  {
    guard: 'counter.last-run',
    why: 'keeps a last run that another shard reports meanwhile',
    test: inAggregation('keeps a last run that a silent shard reports concurrently'),
  },
  {
    guard: 'counter.last-run-of-shard',
    why: 'keeps a later last run that another execution environment has counted',
    test: inAggregation('keeps a later last run that another execution environment has counted for the shard'),
  },
  {
    guard: 'counter.ended-shard',
    why: 'keeps the watermark of a shard that another execution environment has moved',
    test: inAggregation('keeps the watermark of a shard that another execution environment has moved since'),
  },
  {
    guard: 'counter.head.joined',
    as: 'false',
    why: 'counts for a rebuild that the counter joined after its head was cached',
    test: inAggregation('counts a marker of a rebuild that the counter joined after its head was cached'),
  },
  {
    guard: 'watermark.after',
    why: 'counts a redelivered batch once',
  },
  {
    guard: 'counters.unreadable-record',
    as: "throw new Error('disabled');",
    why: 'skips an unreadable record in the counters',
  },
  {
    guard: 'counters.deleted-tenant',
    as: 'true',
    why: 'does not restore counters of a deleted tenant',
    test: {
      file: 'test/unit/functions/core/store/tombstones.test.ts',
      named: 'include changes after a restore and changes of the platform',
    },
  },
  {
    guard: 'reconciliation.old-part.quiet',
    why: 'compares the old part of a counter only if it is quiet',
    test: inReconciliation('visits a tenant again whose older runs were purged in the last minutes'),
  },
  {
    guard: 'reconciliation.confirm',
    as: '() => true',
    why: 'ignores differences that a second recount does not confirm',
    test: inReconciliation('discards a difference that a second recount does not confirm'),
  },
  {
    guard: 'watermark.number',
    head: true,
    as: 'true',
    why: 'compares sequence numbers as numbers',
    test: {
      file: 'test/unit/functions/core/domain/counters.property.test.ts',
      named: 'compares sequence numbers of any length as integers',
    },
  },
  {
    guard: 'rebuild.step',
    why: 'performs each step of a rebuild once',
    test: inCounterRebuilds('begin, record a step and end once'),
  },
  {
    guard: 'rebuild.correct.generation',
    why: 'corrects a counter once',
    test: inCounterRebuilds('correct a counter once'),
  },
  {
    guard: 'rebuild.join',
    why: 'excludes late counters from a rebuild',
    test: inCounterRebuilds('rejects a counter that may have missed runs of the rebuild'),
  },
  {
    guard: 'rebuild.wait',
    as: 'false',
    why: 'waits in a rebuild for runs that are being stored',
    test: {
      file: 'test/unit/functions/core/engine/reconciliation/rebuild.property.test.ts',
      named: 'leaves no counter wrong in',
    },
  },
  {
    guard: 'rebuild.passed',
    as: '() => true',
    why: 'corrects only counters that have received all fence records',
    test: inReconciliation('corrects no counter before its fence records have arrived'),
  },
  {
    guard: 'rebuild.too-long',
    as: 'false',
    why: 'restarts a rebuild before stream records expire',
    test: inReconciliation('restarts with a new generation after its maximum duration'),
  },
  {
    guard: 'notifier.unreadable-record',
    as: "throw new Error('disabled');",
    why: 'skips an unreadable record in notifications',
  },
  {
    guard: 'notifier.isolate',
    as: 'true',
    why: 'isolates a run end that the store rejects',
    test: inNotifications(
      'returns the rejected end, and delays neither other ends of the job nor those of another tenant',
    ),
  },
  {
    guard: 'notifier.refusal',
    head: true,
    as: 'false',
    why: 'retries a batch after throttling',
    test: inNotifications('fails the whole batch if the store only throttles, after notifying for the other jobs'),
  },
  {
    guard: 'notification.superseded',
    as: 'false',
    why: 'reopens no alert of PagerDuty that a later run has resolved',
    test: inNotifications('stays resolved when a failure that was grouped is due after the recovery'),
  },
  {
    guard: 'notification.once',
    as: 'undefined',
    why: 'notifies a run end once',
    test: inNotifications('adds each run once to the collecting message if two notifiers receive it'),
  },
  {
    guard: 'notification.group.once',
    as: 'true',
    why: 'deduplicates run ends within a batch',
    test: inNotifications('sends one notification for a run end that is received several times, at once and later'),
  },
  {
    guard: 'notification.group.delivery',
    why: 'collects concurrent run ends in one delivery',
    test: inNotifications('notifies each run once if several notifiers receive the burst'),
  },
  {
    guard: 'notification.open',
    why: 'does not change a delivery after its first attempt',
    test: inNotifications('starts another message if the collecting one was attempted early'),
  },
  {
    guard: 'notification.lease',
    why: 'attempts a delivery once per message',
    test: inNotifications('leaves a delivery that another deliverer attempts, and so does the sweeper'),
  },
  {
    guard: 'notification.due',
    why: 'does not attempt a collecting delivery before its due time',
    test: inNotifications('defers a delivery whose message arrives before its due time'),
  },
  {
    guard: 'notification.end.own',
    as: 'condition: isPending',
    why: 'does not end a delivery of another deliverer',
    test: inNotifications('does not give up a delivery that its successor attempts after the lease has expired'),
  },
  {
    guard: 'notification.retry.own',
    why: 'does not restart a completed delivery',
    test: inNotifications(
      'does not schedule a retry of a delivery that its successor delivered after the lease has expired',
    ),
  },
  {
    guard: 'circuit.closed',
    as: 'true',
    why: 'postpones deliveries to a receiver that does not answer',
    test: {
      file: 'test/simulation/delivery-circuit.test.ts',
      named: 'postpones further deliveries to a receiver after three timeouts',
    },
  },
  {
    guard: 'circuit.probe.once',
    why: 'attempts one delivery to a half-open receiver',
    test: {
      file: 'test/simulation/delivery-circuit.test.ts',
      named: 'attempts one of several deliveries once the circuit is half-open',
    },
  },
  {
    guard: 'circuit.not-reached',
    as: 'false',
    why: 'keeps the circuit of a receiver that a request did not reach',
    test: {
      file: 'test/simulation/delivery-circuit.test.ts',
      named: 'keeps the circuit if the request did not reach the receiver',
    },
  },
];
