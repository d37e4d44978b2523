import type { Mutation } from './mutation.ts';

const inChains = (named: string) => ({ file: 'test/simulation/chains.test.ts', named });

/** Guards of runs that start after others. */
export const CHAIN_MUTATIONS: readonly Mutation[] = [
  {
    guard: 'state.followed.as-read',
    as: "absent('none')",
    why: 'marks each run that starts after a dependency was defined',
    test: inChains('is marked even if the decision about it was based on an outdated state'),
  },
  {
    guard: 'chain.redelivered.send',
    why: 'sends the message of a following run whose start crashed before it',
    test: inChains('starts once after a crash at any call'),
  },
  {
    guard: 'chain.followers.consistent',
    as: 'false',
    why: 'starts a job whose dependency an outdated read omits',
    test: inChains('starts although an eventually consistent read does not show its dependency yet'),
  },
  {
    guard: 'chain.end.first',
    as: "equals('job', end.job)",
    why: 'counts the first end of an upstream run',
    test: inChains('counts the first end of an upstream run'),
  },
  {
    guard: 'chain.any.first',
    as: "equals('job', end.job)",
    why: 'gives a run the payload of its parent',
    test: inChains('has the payload of its parent if two of any upstream jobs end at the same time'),
  },
  {
    guard: 'chain.all',
    as: 'ends.length > 0',
    why: 'waits for all upstream jobs',
    test: inChains('waits for all its upstream jobs of one tick'),
  },
  {
    guard: 'chain.within',
    as: 'false',
    why: 'starts no run whose upstream runs ended too far apart',
    test: inChains('is skipped if its upstream runs end too far apart'),
  },
  {
    guard: 'chain.end.recorded',
    why: 'starts the followers of a run whose end was lost',
    test: inChains('starts its followers by the sweep if its message was lost'),
  },
  {
    guard: 'sweep.open-ends',
    why: 'sweeps the ends of upstream runs',
    test: inChains('starts its followers by the sweep if its message was lost'),
  },
  {
    guard: 'chain.end.sweep',
    why: 'sweeps a tenant that is otherwise idle if the end of an upstream run may be lost',
    test: inChains('makes a sweep due a minute later'),
  },
  {
    guard: 'chain.end.kept',
    why: 'starts a follower that could not be started at first',
    test: inChains('starts its followers with growing delays while one of them cannot be started'),
  },
  {
    guard: 'chain.dead-letter',
    as: 'false',
    why: 'stores the end of a run that could not be handled, and no missed tick',
    test: inChains('leaves a dead letter if its end cannot be handled'),
  },
  {
    guard: 'job.delete.after',
    as: "exists('pk')",
    why: 'removes the dependencies that a deleted job has',
    test: inChains('is deleted with the dependencies that it has'),
  },
  {
    guard: 'job.delete.followed',
    as: "exists('pk')",
    why: 'deletes no job on which others depend',
    test: inChains('its deletion frees the upstream job'),
  },
  {
    guard: 'dependency.upstream',
    as: "equalsOrAbsent('none', null)",
    why: 'adds no dependency on a job that is deleted meanwhile',
    test: inChains('is not defined after a job that is deleted meanwhile'),
  },
  {
    guard: 'dependency.version',
    as: "equalsOrAbsent('none', null)",
    why: 'closes no cycle by concurrent changes',
    test: inChains('closes no cycle by concurrent changes'),
  },
];
