import type { Mutation } from './mutation.ts';

const COUNTERS = 'functions/store/counters.ts';
const DELIVERIES = 'functions/store/deliveries.ts';
const REBUILD = 'functions/audit/rebuild.ts';
const told = (named: string) => ({ file: 'test/fault/notifications.test.ts', named });
const rebuilt = (named: string) => ({ file: 'test/fault/rebuilds.test.ts', named });
const audited = (named: string) => ({ file: 'test/fault/audit.test.ts', named });

/** What lets counters count, and receivers hear of, each change once. */
export const OF_WHAT_IS_TOLD: readonly Mutation[] = [
  {
    file: COUNTERS,
    find: 'all(unmoved, samePart, ...forgotten)',
    replace: 'all(samePart, ...forgotten)',
    why: 'a batch that comes while a zombie counts it is counted once',
  },
  {
    file: COUNTERS,
    find: 'all(unmoved, samePart, ...forgotten)',
    replace: 'all(unmoved, ...forgotten)',
    why: 'what was read before a rebuild began is not counted for it',
    test: audited('does not count for a later one what the aggregator read before that began'),
  },
  {
    file: COUNTERS,
    find: 'all(unmoved, samePart, ...forgotten)',
    replace: 'all(unmoved, samePart)',
    why: 'a last run that a silent shard tells of meanwhile is not forgotten',
    test: {
      file: 'test/fault/aggregate.test.ts',
      named: 'do not forget a last run that a silent shard tells of at the same time',
    },
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
    file: 'functions/counters/fences.ts',
    find: "delta.counter.kind === 'platform' || writtenAt > (until.get(tenant) ?? 0)",
    replace: "delta.counter.kind === 'platform' || writtenAt >= 0 || until.has(tenant)",
    why: 'the counters of a tenant that was deleted do not come back with the last that the stream tells of it',
    test: { file: 'test/unit/fence.test.ts', named: 'is what was written after a tenant was let in' },
  },
  {
    file: 'functions/audit/audit.ts',
    find: 'first.found.filter((found) => again.has(JSON.stringify(found)))',
    replace: 'first.found.filter((found) => again.has(JSON.stringify(found)) || true)',
    why: 'a change that is on its way is no drift',
    test: audited('takes back what a second recount does not find'),
  },
  {
    file: 'functions/domain/watermark.ts',
    find: 'return a.length === b.length ? a > b : a.length > b.length;',
    replace: 'return a > b;',
    why: 'what comes after a number that is a digit longer is counted',
    test: { file: 'test/property/counters.test.ts', named: 'are compared as numbers, whatever their length' },
  },
  {
    file: 'functions/store/rebuilds.ts',
    find: "all(equals('generation', generation), equals('step', step))",
    replace: "equals('generation', generation)",
    why: 'of two who are at a rebuild one does each step',
    test: rebuilt('one begins, one notes a step, and one ends it'),
  },
  {
    file: COUNTERS,
    find: "    equals('rebuild', generation),\n",
    replace: "    any(equals('rebuild', generation), absent('rebuild')),\n",
    why: 'and one corrects a counter',
    test: rebuilt('one corrects a counter'),
  },
  {
    file: COUNTERS,
    find: "{ table: db.tables.access, check: limitsKey(tenant), condition: earlier('generation') },",
    replace: '',
    why: 'a counter that comes late to a rebuild takes no part in it',
    test: rebuilt('does not join a rebuild whose runs it may have missed'),
  },
  {
    file: REBUILD,
    find: '  if (now() < until) return',
    replace: '  if (now() < 0) return',
    why: 'a rebuild waits for runs that are being made',
    test: { file: 'test/property/rebuild.test.ts', named: 'random histories leaves no counter wrong' },
  },
  {
    file: REBUILD,
    find: 'parts.filter(({ counter, values }) => hasPassed(counter, values, fences))',
    replace: 'parts.filter(({ counter, values }) => hasPassed(counter, values, fences) || fences >= 0)',
    why: 'a rebuild corrects no counter that has not heard of all that it did',
    test: audited('corrects nothing before the streams have brought its fences'),
  },
  {
    file: REBUILD,
    find: 'if (now() - rebuild.startedAt > LONGEST_MS) {',
    replace: 'if (now() - rebuild.startedAt > DAY_MS * LONGEST_MS) {',
    why: 'a rebuild of which the stream may have forgotten something begins anew',
    test: audited('that takes too long starts again with another generation'),
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
    file: 'functions/platform/isolate.ts',
    find: 'if (items.length === 1) return [{ item, error }];',
    replace: 'if (items.length >= 1) return [{ item, error }];',
    why: 'an end of a run that the store refuses holds up no other one',
    test: told('returns the refused end, and delays neither other ends of the job nor those of another tenant'),
  },
  {
    file: 'functions/platform/isolate.ts',
    find: 'if (!isRefusal(error) || item === undefined) throw error;',
    replace: 'if (item === undefined) throw error;',
    why: 'an end of a run is not given up because the store is throttled',
    test: told('fails the whole batch if the store only throttles'),
  },
  {
    file: DELIVERIES,
    find: "const isNew = absent('pk');",
    replace: "const isNew = any(absent('pk'), equals('ttl', 0), atMost('ttl', Number.MAX_SAFE_INTEGER));",
    why: 'an end of a run that is heard of twice is told of once',
    test: told('has each run once in the message that gathers, though two hear of one at the same time'),
  },
  {
    file: 'functions/notifier/notify.ts',
    find: 'if (!group.some(({ run }) => run.ulid === notice.run.ulid)) group.push(notice);',
    replace: 'group.push(notice);',
    why: 'a batch that holds a change twice can be told of',
    test: told('that is heard of many times, at once and later, is told of once'),
  },
  {
    file: DELIVERIES,
    find: "condition: seen ? equals('delivery', seen.delivery) : absent('pk'),",
    replace: "condition: any(absent('pk'), atMost('delivery', seen?.delivery ?? '~')),",
    why: 'notifiers that hear of one storm at the same time gather it in one message',
    test: told('that several notifiers hear of at once is told of once'),
  },
  {
    file: DELIVERIES,
    find: "const isOpen = all(isPending, equals('attempts', 0));",
    replace: 'const isOpen = isPending;',
    why: 'a message that was sent does not change after that',
    test: told('that goes on after its message was tried before its time'),
  },
  {
    file: DELIVERIES,
    find: 'changes, all(unchanged, free));',
    replace: "changes, equals('attempts', seen.attempts));",
    why: 'a notification whose message comes twice is tried once',
    test: told('that comes again while it is being tried is left'),
  },
  {
    file: 'functions/deliverer/deliver.ts',
    find: 'if (early > DUE_TOLERANCE_MS) return sendWhenDue(platform, seen, now);',
    replace: 'void early;',
    why: 'a message that gathers is not sent before its time',
    test: told('that comes before its time waits for it'),
  },
  {
    file: DELIVERIES,
    find: 'condition: isAs(claimed),',
    replace: 'condition: isPending,',
    why: 'who comes late does not end what another has',
    test: told('of a deliverer that gives up after its lease is not given up: its successor is at it'),
  },
  {
    file: DELIVERIES,
    find: 'condition: isAs(seen),',
    replace: "condition: any(isAs(seen), equals('state', 'delivered')),",
    why: 'nor does it begin anew what was delivered',
    test: told('of a deliverer that fails after its lease takes nothing back that its successor delivered'),
  },
];
