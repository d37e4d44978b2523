import { describe, expect, test } from 'vitest';
import { isRunningDesired, toJobState } from '../../../../../functions/api/pipelines/job-state.ts';
import type { Task } from '../../../../../functions/core/domain/flow/task.ts';
import { ACTIVE_STATES, TERMINAL_STATES } from '../../../../../functions/core/domain/run.ts';
import { acme } from '../../../../helpers/builders/executions.ts';
import { aFlowJob, aFlowRun, aTask, iso } from '../../../../helpers/builders/flow-rows.ts';
import { START } from '../../../../helpers/fakes/platform.ts';

const pipeline = aFlowJob({ tenant: acme, id: 'pipe' });
const NOW = START + 60_000;

describe('toJobState', () => {
  const planned = { state: 'running', attempt: 1, flow: { plan: { attempt: 1, tasks: 1 } } } as const;
  const run = aFlowRun(pipeline, START, planned);
  const until = (ms: number) => ({ lease: { token: 'token', until: iso(NOW + ms) } });

  test.each([
    ['works', 'Running', until(1)],
    ['lies between two slices', 'Running', {}],
    ['waits for its next try', 'Recovering', { failures: 1, failure: 'no answer' }],
    ['goes on after a failure', 'Running', { failures: 1, healthySince: iso(START), ...until(1) }],
    ['lost its worker', 'Recovering', until(0)],
    ['had failed and is done', 'Running', { state: 'done', failures: 1 }],
  ] as const)('reports a run whose task %s as %s', (_, state, task: Partial<Task>) => {
    const well = aTask(run, START, { index: 1 });
    expect(toJobState(run, [well, aTask(run, START, task)], NOW)).toBe(state);
  });

  test('returns Recovering for a run that is planned again', () => {
    const again = aFlowRun(pipeline, START, { state: 'running', attempt: 2 });
    expect(toJobState(again, [], NOW)).toBe('Recovering');
  });

  test('considers a job desired to run only while it is queued or running', () => {
    const desired = [...ACTIVE_STATES, ...TERMINAL_STATES].filter(isRunningDesired);
    expect(desired).toEqual(['queued', 'running']);
  });
});
