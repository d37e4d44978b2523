import type { Mutation } from './mutation.ts';

const STATES = 'functions/store/states.ts';
const START = 'functions/lifecycle/start.ts';
const LOCK = 'functions/lifecycle/lock.ts';
const SETTLE = 'functions/lifecycle/settle.ts';
const race = (named: string) => ({ file: 'test/fault/races.test.ts', named });
const lived = (named: string) => ({ file: 'test/fault/lifecycle.test.ts', named });

/** What keeps decisions about one job in a row, and its lock with one run that lives. */
export const OF_LOCKS: readonly Mutation[] = [
  {
    file: STATES,
    find: "    equals('runNumber', seen.runNumber),\n",
    replace: '',
    why: 'decisions about one job are made one after the other',
    test: race('are numbers of their own, however many are made at once'),
  },
  {
    file: STATES,
    find: "    is('lockUlid', seen.lock?.ulid),\n",
    replace: '',
    why: 'a lock that was taken meanwhile is not taken again',
    test: race('is given to one of two runs that find it free at the same time'),
  },
  {
    file: STATES,
    find: "all(equals('incarnation', job.incarnation), equals('lockUlid', last.ulid), absent('nextUlid'))",
    replace: "all(equals('incarnation', job.incarnation), absent('nextUlid'))",
    why: 'who ends a run frees its own lock, and no other',
    test: race('stays with the run that took it over, when the one before it ends late'),
  },
  {
    file: STATES,
    find: 'return handed ? { handedTo: seen.next } : releaseLock(db, job, last, now);',
    replace: 'return { handedTo: handed ? seen.next : null };',
    why: 'a lock is handed on though the job has changed meanwhile',
    test: race('is handed on, though something else was decided about the job at the same time'),
  },
  {
    file: STATES,
    find: 'all(same, newest));',
    replace: 'same);',
    why: 'a run that ends late does not pass for the last one',
    test: race('is of the newest that ended, in whatever order they do'),
  },
  {
    file: STATES,
    find: 'all(same, forward));',
    replace: 'same);',
    why: 'the mark of ticks that have their rows does not go back',
    test: race('is how far ticks have their rows, and whoever knows less does not take it back'),
  },
  {
    file: START,
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
    test: race('has one row, whatever was decided about other ticks and runs meanwhile'),
  },
  {
    file: START,
    find: 'else await wakeIfHandedMeanwhile(platform, run);',
    replace: 'else void wakeIfHandedMeanwhile;',
    why: 'a run that was given the lock before it had a row is woken by who makes it',
    test: race('is handed to a run before that has a row'),
  },
  {
    file: START,
    find: 'if (candidate.once) await abandon(platform, candidate);',
    replace: 'void abandon;',
    why: 'a request whose twin was first gives its place back',
    test: race('is not kept by a request whose twin with the same key was first'),
  },
  {
    file: SETTLE,
    find: 'else if (woken.run && isTerminal(woken.run.state)) await passLock(platform, woken.run);',
    replace: '',
    why: 'a lock that is handed to a run that was canceled goes on from there',
    test: race('that was handed to a run that had been canceled is free again'),
  },
  {
    file: 'functions/lifecycle/cancel.ts',
    find: 'if (waiting && isTerminal(waiting.state)) await passLock(platform, waiting);',
    replace: 'if (waiting && isTerminal(waiting.state)) void passLock;',
    why: 'who replaces a run takes its place, though who canceled it crashed before',
    test: race('is waited for by the newest run that replaces others, though who canceled the last one crashed then'),
  },
  {
    file: 'functions/lifecycle/claim.ts',
    find: "if (job.overlapPolicy !== 'allow' && !(state && (await holdsLock(platform, job, state, run)))) {",
    replace: "if (job.overlapPolicy === 'allow' && !state && job.id === '') {",
    why: 'a run that has lost its lock does not start beside another',
    test: lived('a run that was made after its lock was taken over waits for it'),
  },
  {
    file: LOCK,
    find: "return isTerminal(holder.state) ? { view: 'free', ended: lastRunOf(holder) } : { view: 'taken', holder };",
    replace: "return { view: 'taken', holder };",
    why: 'the lock of a run whose worker died after its end is taken over',
    test: race('of a run whose worker died after its end is taken over by the next tick'),
  },
  {
    file: LOCK,
    find: "> LOCK_GRACE_MS ? 'free' : 'taken' }",
    replace: "> LOCK_GRACE_MS ? 'taken' : 'taken' }",
    why: 'so is the lock of a run that was never made',
    test: lived('a run that was made after its lock was taken over waits for it'),
  },
];
