import type { Mutation } from './mutation.ts';

const inSweepDelays = (named: string) => ({ file: 'test/simulation/sweep-delays.test.ts', named });
const inDelayedRuns = (named: string) => ({ file: 'test/simulation/delayed-runs.test.ts', named });

const inRunInput = (named: string) => ({ file: 'test/simulation/run-input.test.ts', named });

/** Guards of runs that start later. */
export const DELAY_MUTATIONS: readonly Mutation[] = [
  {
    guard: 'delay.due',
    as: 'false',
    why: 'starts a run at its time, not at the message of an earlier time',
    test: inDelayedRuns('ignores a message that arrives early'),
  },
  {
    guard: 'delay.disabled-job',
    as: 'false',
    why: 'starts no run of a disabled job',
    test: inDelayedRuns('if its job is disabled when it is due'),
  },
  {
    guard: 'delay.redelivered.send',
    why: 'sends the message of a run whose start crashed before it',
    test: inDelayedRuns('after a crash at any call of its start'),
  },
  {
    guard: 'delay.canceled.lock',
    why: 'leaves no lock to a run that was canceled while its start acquired it',
    test: inDelayedRuns('leaves no lock behind'),
  },
  {
    guard: 'delay.end.once',
    as: "exists('pk')",
    why: 'starts a run once and never after its cancellation',
    test: inDelayedRuns('starts once if its message is delivered twice'),
  },
  {
    guard: 'delay.end.as-read',
    as: "exists('pk')",
    why: 'starts no run that is moved after its start was decided',
    test: inDelayedRuns('starts at its new time only, if its start was decided'),
  },
  {
    guard: 'delay.cancel.as-read',
    as: "exists('pk')",
    why: 'cancels no run that is moved after it was to start',
    test: inDelayedRuns('stays at its new time if its cancellation by the policy skip was decided'),
  },
  {
    guard: 'delay.decision',
    as: 'true',
    why: 'starts a moved run by no decision that was made at its former time',
    test: inDelayedRuns('starts by a new decision at its new time'),
  },
  {
    guard: 'delay.number',
    as: 'true',
    head: true,
    why: 'records the end of a delayed run as the last one',
    test: inDelayedRuns('follows its start: its end is the last one'),
  },
  {
    guard: 'lock.delayed-holder',
    as: 'false',
    why: 'frees the lock of a run that was moved after its start crashed',
    test: inDelayedRuns('leaves the lock to other runs a minute after its start crashed'),
  },
  {
    guard: 'overlap.replace.delayed',
    as: 'false',
    head: true,
    why: 'cancels no run that was moved to a later time',
    test: inDelayedRuns('stays at its new time beside a newer run if it had the waiting place'),
  },
  {
    guard: 'state.last-run.started',
    as: 'true',
    head: true,
    why: 'records no run as the last one that was canceled before its start',
    test: inDelayedRuns('leaves the last run of its job as it is'),
  },
  {
    guard: 'sweep.locks.delayed',
    as: 'true',
    why: 'frees the lock or waiting place of a run that was moved after its start crashed',
    test: inDelayedRuns('leaves the waiting place to other runs'),
  },
  {
    guard: 'run.input.extend',
    as: "exists('pk')",
    why: 'keeps an input as long as its run, whatever moves of the run cross',
    test: inDelayedRuns('never shortens the life of an input'),
  },
  {
    guard: 'run.input.duration',
    as: '0',
    why: 'keeps an input as long as its run, which may wait and fail for weeks',
    test: inRunInput('exists as long as its run, which waited and failed for weeks'),
  },
  {
    guard: 'run.input.twin',
    why: 'leaves no input that is not counted',
    test: inRunInput('leaves no input behind if it loses to a concurrent one'),
  },
  {
    guard: 'run.input.orphaned',
    why: 'removes the input of no run',
    test: inRunInput('keeps the input of its run if the run exists already'),
  },
  {
    guard: 'redrive.payload',
    why: 'redrives no run with a payload that its script does not accept',
    test: inRunInput('starts no run with a changed payload that the script does not accept'),
  },
  {
    guard: 'redrive.rate',
    why: 'bounds the rate at which a tenant stores new inputs',
    test: {
      file: 'test/unit/functions/api/runner/redrive.test.ts',
      named: 'counts each run with a new input as a request',
    },
  },
  {
    guard: 'delay.move.waiting',
    as: "exists('pk')",
    why: 'moves no run that has started',
    test: inDelayedRuns('changes nothing of a run that has started'),
  },
  {
    guard: 'delay.sent.as-read',
    as: "exists('pk')",
    why: 'sends the message of a run that is moved while the sweep sends the former one',
    test: inDelayedRuns('sends the message of a run that was moved after it was read'),
  },
  {
    guard: 'delay.dead-letter',
    as: 'true',
    why: 'records no tick that was never expected',
    test: inDelayedRuns('leaves no missed tick'),
  },
  {
    guard: 'delay.limit',
    why: 'bounds the number of delayed runs of a tenant',
    test: inDelayedRuns('rejects a delayed run above the limit'),
  },
  {
    guard: 'delay.limit.batch',
    as: '0',
    why: 'bounds the delayed runs that one request creates faster than the counter follows',
    test: inDelayedRuns('counts the runs of a request that the counter does not show yet'),
  },
  {
    guard: 'delay.unsent-due',
    as: 'false',
    why: 'sends the message of a run in time if the creation of the run could not',
    test: inDelayedRuns('makes a sweep due if its message could not be sent'),
  },
  {
    guard: 'delay.sweep-due',
    why: 'sends the message of a run that was moved to an earlier time',
    test: inDelayedRuns('makes a sweep of the delayed runs due'),
  },
  {
    guard: 'sweep.delays.overdue',
    as: 'false',
    why: 'starts a run whose message was lost',
    test: inDelayedRuns('starts a run whose message was lost'),
  },
  {
    guard: 'sweep.delays.send',
    as: 'false',
    why: 'sends the message of a run that was created more than 15 minutes before its start',
    test: inDelayedRuns('sends the message of a run that starts within 15 minutes'),
  },
  {
    guard: 'sweep.delays.pages-apart',
    as: "if (failed.length > 0) throw new AggregateError(failed, 'runs failed');",
    why: 'sends the messages of all runs although one fails',
    test: inDelayedRuns('sends the messages of all runs but those that fail'),
  },
  {
    guard: 'sweep.delays.time',
    why: 'leaves time for the other parts beside many delayed runs',
    test: inSweepDelays('gets the messages of all sent in time'),
  },
  {
    guard: 'sweep.delays.continued',
    why: 'continues behind delayed runs that fail again and again',
    test: inSweepDelays('gets those behind them sent by later sweeps'),
  },
  {
    guard: 'agenda.next.delays-walk',
    as: 'false',
    head: true,
    why: 'walks over the delayed runs again that a part of a walk did not read',
    test: {
      file: 'test/unit/functions/core/engine/sweep/sweep-due-tenant.test.ts',
      named: 'expects a further walk over the delayed runs',
    },
  },
  {
    guard: 'agenda.postpone.positions',
    as: '{}',
    why: 'continues unfinished walks of a tenant whose definitions change all the time',
    test: {
      file: 'test/unit/functions/core/store/sweep-agenda.test.ts',
      named: 'keeps the positions of unfinished walks',
    },
  },
  {
    guard: 'sweep.delays',
    as: 'undefined',
    why: 'repairs delayed runs',
    test: inDelayedRuns('after a crash at any call of its start'),
  },
  {
    guard: 'agenda.next.delays',
    why: 'sweeps a tenant when the message of a delayed run has to be sent',
    test: {
      file: 'test/unit/functions/core/engine/sweep/sweep-due-tenant.test.ts',
      named: 'when the message of a delayed run has to be sent',
    },
  },
  {
    guard: 'run.defer.delayed',
    as: 'Date.parse(run.createdAt)',
    why: 'defers a run whose secrets cannot be read, however long it was delayed',
    test: { file: 'test/simulation/deferred-runs.test.ts', named: 'if it was delayed for more than a day' },
  },
];
