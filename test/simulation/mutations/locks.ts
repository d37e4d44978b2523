import type { Mutation } from './mutation.ts';

const inRaces = (named: string) => ({ file: 'test/simulation/races.test.ts', named });
const inRunLifecycle = (named: string) => ({ file: 'test/simulation/run-lifecycle.test.ts', named });

/** What keeps decisions about one job in a row, and its lock with one run that lives. */
export const LOCK_MUTATIONS: readonly Mutation[] = [
  {
    guard: 'state.run-number',
    why: 'decisions about one job are made one after the other',
    test: inRaces('are numbers of their own, however many are made at once'),
  },
  {
    guard: 'state.lock',
    why: 'a lock that was taken meanwhile is not taken again',
    test: inRaces('is given to one of two runs that find it free at the same time'),
  },
  {
    guard: 'lock.release.own',
    why: 'who ends a run frees its own lock, and no other',
    test: inRaces('stays with the run that took it over, when the one before it ends late'),
  },
  {
    guard: 'lock.transfer.retry',
    as: '{ handedTo: null }',
    why: 'a lock is handed on though the job has changed meanwhile',
    test: inRaces('is handed on, though something else was decided about the job at the same time'),
  },
  {
    guard: 'state.last-run.newest',
    why: 'a run that ends late does not pass for the last one',
    test: inRaces('is of the newest that ended, in whatever order they do'),
  },
  {
    guard: 'state.ticks.forward',
    why: 'the mark of ticks that have their rows does not go back',
    test: inRaces('is how far ticks have their rows, and whoever knows less does not take it back'),
  },
  {
    guard: 'tick.decided',
    head: true,
    as: 'undefined',
    why: 'what was decided about a tick before a crash is found, and completed',
    crashes: ['dispatcher'],
  },
  {
    guard: 'tick.decided.earlier',
    as: '0',
    why: 'it is found, too, when others were decided about since',
    test: inRaces('has one row, whatever was decided about other ticks and runs meanwhile'),
  },
  {
    guard: 'lock.transferred-early',
    why: 'a run that was given the lock before it had a row is woken by who makes it',
    test: inRaces('is handed to a run before that has a row'),
  },
  {
    guard: 'run.start.twin',
    why: 'a request whose twin was first gives its place back',
    test: inRaces('is not kept by a request whose twin with the same key was first'),
  },
  {
    guard: 'lock.transfer.canceled-run',
    as: 'false',
    why: 'a lock that is handed to a run that was canceled goes on from there',
    test: inRaces('that was handed to a run that had been canceled is free again'),
  },
  {
    guard: 'overlap.replace.canceled-run',
    as: 'false',
    why: 'who replaces a run takes its place, though who canceled it crashed before',
    test: inRaces(
      'is waited for by the newest run that replaces others, though who canceled the last one crashed then',
    ),
  },
  {
    guard: 'run.claim.lock',
    as: 'false',
    why: 'a run that has lost its lock does not start beside another',
    test: inRunLifecycle('a run that was made after its lock was taken over waits for it'),
  },
  {
    guard: 'lock.ended-holder',
    head: true,
    as: 'false',
    why: 'the lock of a run whose worker died after its end is taken over',
    test: inRaces('of a run whose worker died after its end is taken over by the next tick'),
  },
  {
    guard: 'lock.missing-holder',
    as: "'taken'",
    why: 'so is the lock of a run that was never made',
    test: inRunLifecycle('a run that was made after its lock was taken over waits for it'),
  },
];
