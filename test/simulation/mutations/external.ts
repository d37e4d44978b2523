import type { Mutation } from './mutation.ts';

const inExternal = (named: string) => ({ file: 'test/simulation/external-executions.test.ts', named });
const inStepFunctions = (named: string) => ({
  file: 'test/unit/functions/core/executors/external/step-functions.test.ts',
  named,
});
const inEcs = (named: string) => ({ file: 'test/unit/functions/core/executors/external/ecs.test.ts', named });

/** Guards of runs that other services execute. */
export const EXTERNAL_MUTATIONS: readonly Mutation[] = [
  {
    guard: 'external.release.lease',
    as: "equals('attempt', run.attempt)",
    why: 'writes no reference over the state of a run that another worker has released',
    test: inExternal('keeps the reference of the worker that recovered it'),
  },
  {
    guard: 'external.worker-lost',
    as: 'false',
    why: 'finds the execution of a lost worker instead of ending the attempt',
    test: inExternal('of the start leaves one execution, which is followed'),
  },
  {
    guard: 'external.write.as-read',
    why: 'records nothing of an earlier attempt, and removes no reference that another look has stored',
    test: inExternal('keeps the reference that another look has stored since its own start failed'),
  },
  {
    guard: 'external.end.attempt',
    as: "exists('pk')",
    why: 'ends no later attempt by the end of an earlier execution',
    test: inExternal('has no effect on the next attempt, which started meanwhile'),
  },
  {
    guard: 'external.end.state',
    as: "exists('pk')",
    why: 'decides the end of a run again that is canceled meanwhile',
    test: inExternal('leads to another decision if the run is canceled while its end is stored'),
  },
  {
    guard: 'external.end.canceled',
    as: 'false',
    why: 'cancels a run whose execution is stopped on request',
    test: inExternal('cancels the run once the execution has stopped'),
  },
  {
    guard: 'external.end.timeout',
    as: 'false',
    why: 'fails a run as a timeout whose execution is stopped at its deadline',
    test: inExternal('as a timeout, at its deadline'),
  },
  {
    guard: 'external.event.own',
    as: 'if (!run || !isFollowed(run)) return;',
    why: 'ends no run by the event of an execution that another caller has started',
    test: inExternal('has no effect if it is of another caller'),
  },
  {
    guard: 'external.start.stopped',
    why: 'starts no execution of a run that is canceled',
    test: inExternal('does not start any more if its run is canceled'),
  },
  {
    guard: 'external.start.found',
    why: 'stops an execution whose start was not confirmed before the run was canceled',
    test: inExternal('stops, and does not start again, if its run is canceled meanwhile'),
  },
  {
    guard: 'external.start.listed',
    why: 'cancels no run whose start may still take effect',
    test: inExternal('stops although its start takes effect after its run was canceled'),
  },
  {
    guard: 'external.lost',
    why: 'loses no run whose execution the service does not list yet, or the event of whose end waits behind a look',
    test: inExternal('ends its run as its event states, which waited behind a look'),
  },
  {
    guard: 'external.refused',
    why: 'ends no run by one refusal to show its execution',
    test: inExternal('is canceled within minutes, before its deadline, if the service refuses to read it'),
  },
  {
    guard: 'external.stop',
    why: 'stops only executions of runs that are canceled or past their deadline',
    test: inExternal('holds no worker while it lasts'),
  },
  {
    guard: 'external.cancel.send',
    as: 'false',
    why: 'stops the execution of a canceled run at once',
    test: inExternal('cancels the run once the execution has stopped'),
  },
  {
    guard: 'external.look.once',
    as: "absent('unknown')",
    why: 'asks for one look if two sweeps run at the same time',
    test: inExternal('and of one of two concurrent sweeps'),
  },
  {
    guard: 'sweep.external',
    why: 'reads the states of executions whose ends no event has reported',
    test: inExternal('ends at the next sweep if no event reports its end'),
  },
  {
    guard: 'external.sfn.exists',
    why: 'finds the execution of an earlier start with the same name',
    test: inStepFunctions('finds the execution of an earlier start'),
  },
  {
    guard: 'targets.run-field',
    why: 'lets no payload name the run of an execution or of an event',
    test: inStepFunctions('refuses a payload that names a run'),
  },
  {
    guard: 'external.ecs.conflict',
    why: 'finds the task of an earlier start with other parameters',
    test: inEcs('finds the task of an earlier start with other parameters'),
  },
  {
    guard: 'external.ecs.interrupted',
    as: 'false',
    why: 'completes no run whose task was interrupted',
    test: inEcs('reports a failure if the program ended with 0 after an interruption'),
  },
  {
    guard: 'external.ecs.missing',
    as: "return { status: 'unknown' };",
    why: 'loses no task that ECS does not describe for another reason',
    test: inEcs('rejects if ECS does not describe a task for another reason'),
  },
];
