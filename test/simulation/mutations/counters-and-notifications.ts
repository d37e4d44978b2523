import type { Mutation } from './mutation.ts';

const inNotifications = (named: string) => ({ file: 'test/simulation/notifications.test.ts', named });
const inCounterRebuilds = (named: string) => ({ file: 'test/simulation/counter-rebuilds.test.ts', named });
const inReconciliation = (named: string) => ({ file: 'test/simulation/counter-reconciliation.test.ts', named });

/** What lets counters count, and receivers hear of, each change once. */
export const COUNTER_AND_NOTIFICATION_MUTATIONS: readonly Mutation[] = [
  {
    guard: 'counter.watermark',
    why: 'a batch that comes while a zombie counts it is counted once',
  },
  {
    guard: 'counter.generation',
    why: 'what was read before a rebuild began is not counted for it',
    test: inReconciliation('does not count for a later one what the aggregator read before that began'),
  },
  {
    guard: 'counter.last-run',
    why: 'a last run that a silent shard tells of meanwhile is not forgotten',
    test: {
      file: 'test/simulation/counter-aggregation.test.ts',
      named: 'do not forget a last run that a silent shard tells of at the same time',
    },
  },
  {
    guard: 'watermark.after',
    why: 'a batch that comes again is counted once',
  },
  {
    guard: 'counters.unreadable-record',
    as: "throw new Error('disabled');",
    why: 'a record that cannot be read does not hold up the counters',
  },
  {
    guard: 'counters.deleted-tenant',
    as: 'true',
    why: 'the counters of a tenant that was deleted do not come back with the last that the stream tells of it',
    test: {
      file: 'test/unit/functions/core/store/tombstones.test.ts',
      named: 'include changes after a restore and changes of the platform',
    },
  },
  {
    guard: 'reconciliation.confirm',
    as: '() => true',
    why: 'a change that is on its way is no drift',
    test: inReconciliation('takes back what a second recount does not find'),
  },
  {
    guard: 'watermark.number',
    head: true,
    as: 'true',
    why: 'what comes after a number that is a digit longer is counted',
    test: {
      file: 'test/unit/functions/core/domain/counters.property.test.ts',
      named: 'compares sequence numbers of any length as integers',
    },
  },
  {
    guard: 'rebuild.step',
    why: 'of two who are at a rebuild one does each step',
    test: inCounterRebuilds('one begins, one notes a step, and one ends it'),
  },
  {
    guard: 'rebuild.correct.generation',
    why: 'and one corrects a counter',
    test: inCounterRebuilds('one corrects a counter'),
  },
  {
    guard: 'rebuild.join',
    why: 'a counter that comes late to a rebuild takes no part in it',
    test: inCounterRebuilds('does not join a rebuild whose runs it may have missed'),
  },
  {
    guard: 'rebuild.wait',
    as: 'false',
    why: 'a rebuild waits for runs that are being made',
    test: {
      file: 'test/unit/functions/core/engine/reconciliation/rebuild.property.test.ts',
      named: 'random histories leaves no counter wrong',
    },
  },
  {
    guard: 'rebuild.passed',
    as: '() => true',
    why: 'a rebuild corrects no counter that has not heard of all that it did',
    test: inReconciliation('corrects nothing before the streams have brought its fences'),
  },
  {
    guard: 'rebuild.too-long',
    as: 'false',
    why: 'a rebuild of which the stream may have forgotten something begins anew',
    test: inReconciliation('that takes too long starts again with another generation'),
  },
  {
    guard: 'notifier.unreadable-record',
    as: "throw new Error('disabled');",
    why: 'a record that cannot be read does not hold up notifications',
  },
  {
    guard: 'notifier.isolate',
    as: 'true',
    why: 'an end of a run that the store refuses holds up no other one',
    test: inNotifications(
      'returns the refused end, and delays neither other ends of the job nor those of another tenant',
    ),
  },
  {
    guard: 'notifier.refusal',
    head: true,
    as: 'false',
    why: 'an end of a run is not given up because the store is throttled',
    test: inNotifications('fails the whole batch if the store only throttles'),
  },
  {
    guard: 'notification.once',
    as: 'undefined',
    why: 'an end of a run that is heard of twice is told of once',
    test: inNotifications('has each run once in the message that gathers, though two hear of one at the same time'),
  },
  {
    guard: 'notification.group.once',
    as: 'true',
    why: 'a batch that holds a change twice can be told of',
    test: inNotifications('that is heard of many times, at once and later, is told of once'),
  },
  {
    guard: 'notification.group.delivery',
    why: 'notifiers that hear of one storm at the same time gather it in one message',
    test: inNotifications('that several notifiers hear of at once is told of once'),
  },
  {
    guard: 'notification.open',
    why: 'a message that was sent does not change after that',
    test: inNotifications('that goes on after its message was tried before its time'),
  },
  {
    guard: 'notification.lease',
    why: 'a notification whose message comes twice is tried once',
    test: inNotifications('that comes again while it is being tried is left'),
  },
  {
    guard: 'notification.due',
    why: 'a message that gathers is not sent before its time',
    test: inNotifications('that comes before its time waits for it'),
  },
  {
    guard: 'notification.end.own',
    as: 'condition: isPending',
    why: 'who comes late does not end what another has',
    test: inNotifications('of a deliverer that gives up after its lease is not given up: its successor is at it'),
  },
  {
    guard: 'notification.retry.own',
    why: 'nor does it begin anew what was delivered',
    test: inNotifications('of a deliverer that fails after its lease takes nothing back that its successor delivered'),
  },
];
