import type { Mutation } from './mutation.ts';

const inRaces = (named: string) => ({ file: 'test/simulation/races.test.ts', named });
const inLeaseHeartbeat = (named: string) => ({ file: 'test/simulation/lease-heartbeat.test.ts', named });

/** What keeps a run from being executed twice, or ending twice. */
export const RUN_MUTATIONS: readonly Mutation[] = [
  {
    guard: 'run.claim.once',
    why: 'a run is claimed by one worker, however often its message comes',
  },
  {
    guard: 'run.end.lease',
    as: "exists('pk')",
    why: 'a zombie does not end a run that is no longer its own',
  },
  {
    guard: 'run.end.expired',
    as: "exists('pk')",
    why: 'the sweeper takes a run only from a worker that is lost, not one that has ended meanwhile',
    test: inRaces('of a run that ends as the sweeper finds it run out takes nothing back'),
  },
  {
    guard: 'run.end.renewed',
    why: 'nor from one that has renewed its lease meanwhile',
    test: inRaces('that is renewed as the sweeper finds it run out is good'),
  },
  {
    guard: 'run.renew.lease',
    why: 'a zombie does not take the lease of who has its run by now',
    test: inRaces('is not renewed by a worker that has lost it'),
  },
  {
    guard: 'run.create.once',
    why: 'a tick that is dispatched twice makes one run',
    test: inRaces('has the run that was made meanwhile, which goes on'),
  },
  {
    guard: 'idempotency-key.once',
    as: "exists('pk')",
    why: 'requests with one key at the same time make one run',
  },
  {
    guard: 'idempotency-key.expired',
    why: 'a key is forgotten when its time is over, though DynamoDB still has it',
    test: { file: 'test/simulation/run-lifecycle.test.ts', named: 'is forgotten after a day' },
  },
  {
    guard: 'run.cancel.queued',
    why: 'a run that ended is not canceled after that',
  },
  {
    guard: 'run.fail-queued.queued',
    why: 'a run that was claimed, or ended, is not failed because a copy of its message was given up',
    test: inRaces('that is given up fails no run that another copy of it had started, or ended'),
  },
  {
    guard: 'run.stop.running',
    why: 'a run that ended is not stopped after that',
    test: inRaces('that comes to a run as it ends leaves it as it ended'),
  },
  {
    guard: 'run.cancel.requeued',
    head: true,
    as: 'false',
    why: 'a run that went back in line while it was canceled is canceled there',
    test: inRaces('that comes to a run as it goes back in line for its next attempt cancels it there'),
  },
  {
    guard: 'run.retry.running',
    why: 'a run that is being stopped is not tried again',
    test: inRaces('that comes before a failure is told of is the last of the run'),
  },
  {
    guard: 'run.release-claim.running',
    why: 'nor does it go back in line for that another run was first',
    test: inRaces('that comes to a run as it gives way to another one is not forgotten'),
  },
  {
    guard: 'run.late.once',
    why: 'a run is found late once, by however many',
    test: inRaces('a run that is late is found so by one of two who look'),
  },
  {
    guard: 'run.claim.incarnation',
    as: 'false',
    why: 'a message of a job that was deleted starts nothing of one that has its name',
    test: inRaces('of a job that was deleted and defined again starts nothing of the new one'),
  },
  {
    guard: 'tick.redelivered.send',
    why: 'a tick that comes again sends what was not sent before a crash',
    test: inRaces('of a tick that comes again sends what was not sent before a crash'),
  },
  {
    guard: 'run.wait.queued',
    why: 'a run that was claimed meanwhile is not marked as waiting',
    test: inRaces('holds nobody who was claimed meanwhile'),
  },
  {
    guard: 'run.wake.waiting',
    why: 'a run that has no row yet is not woken into half of one',
    test: inRaces('is handed to a run before that has a row'),
  },
  {
    guard: 'run.claim.limit',
    as: 'false',
    why: 'runs that are claimed at the same time do not pass the limit together',
    test: inRaces('is not passed by two that are claimed at the same time'),
  },
  {
    guard: 'run.claim.recheck',
    why: 'a place that came free before a run stood in line is not left empty',
    test: inRaces('goes on though its only run ended before the next one stood in it'),
  },
  {
    guard: 'run.claim.due',
    why: 'a message that comes again does not start a retry before it is due',
    test: inRaces('of an attempt that comes again does not begin the next one before it is due'),
  },
  {
    guard: 'heartbeat.run-taken',
    why: 'a worker whose run somebody else has stops its work',
    test: inLeaseHeartbeat('stops its work on a run that somebody else has ended'),
  },
  {
    guard: 'heartbeat.lease-expired',
    why: 'a worker that cannot renew its lease stops its work when that is over',
    test: inLeaseHeartbeat('stops its work on a run when its lease is over by its own clock'),
  },
  {
    guard: 'live-output.retry',
    as: 'true',
    why: 'a piece of output of which it is not known whether it was kept is written again as it was',
    test: {
      file: 'test/simulation/live-output.test.ts',
      named: 'pieces whose writing failed are written again as they were',
    },
  },
];
