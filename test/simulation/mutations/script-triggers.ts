import type { Mutation } from './mutation.ts';

const inTriggers = (named: string) => ({ file: 'test/simulation/script-triggers.test.ts', named });

/** Guards of runs that scripts start. */
export const SCRIPT_TRIGGER_MUTATIONS: readonly Mutation[] = [
  {
    guard: 'trigger.lease',
    as: 'current !== undefined && (true || lease)',
    why: 'starts no run for a worker that lost its lease, or for a run that is being stopped',
    test: inTriggers('fails in a run that is being stopped, and in a worker that lost the lease'),
  },
  {
    guard: 'trigger.number',
    as: 'false',
    why: 'bounds the runs that one run starts in all its attempts',
    test: inTriggers('fails above the number of runs that one run may start'),
  },
  {
    guard: 'trigger.depth',
    as: 'place.triggers > 2 * MAX_TRIGGER_DEPTH',
    why: 'ends jobs that start each other',
    test: inTriggers('fails at the maximum depth'),
  },
  {
    guard: 'trigger.pending',
    as: 'false',
    why: 'bounds the breadth of chains by the runs of the tenant that have not started',
    test: inTriggers('fails while too many runs of the tenant have not started'),
  },
  {
    guard: 'trigger.key',
    as: 'false',
    why: 'refuses another input under the same key',
    test: inTriggers('fails with another input under the same key'),
  },
  {
    guard: 'runs.late',
    as: 'state.runNumber >= 0',
    why: 'finds runs by their creation although they were created long after the time in their ULIDs',
    test: inTriggers('is found by the time of its creation, however long before the calling run started'),
  },
  {
    guard: 'trigger.repeated.send',
    why: 'sends the message of a run that a script started and whose start crashed before it',
    test: inTriggers('sends the message again that a crash prevented'),
  },
];
