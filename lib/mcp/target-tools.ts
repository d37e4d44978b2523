import type { TargetView } from '../../functions/api/runner/targets.ts';
import { items } from './inputs.ts';
import { defineTool } from './tool.ts';

const listTargets = defineTool({
  name: 'list_targets',
  title: 'List targets',
  effect: 'read',
  description:
    'Lists the targets that the team of the platform has declared for the tenant, by name. Use it before create_job, to ' +
    'choose the target of a job of the type lambda, event, queue, container or stateMachine.',
  input: {},
  output: { targets: items('name, type: that of the jobs which may name the target.') },
  // A stage declares some 15 targets at most, so the answer is never cut.
  async call(_, { api }) {
    const { targets } = await api.get<{ readonly targets: readonly TargetView[] }>('/targets');
    return { targets };
  },
});

export const targetTools = [listTargets];
