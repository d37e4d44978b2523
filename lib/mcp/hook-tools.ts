import type { HookView } from '../../functions/api/runner/hooks.ts';
import { countFitting, leftOut, omitEmpty } from './answer.ts';
import { items } from './inputs.ts';
import { defineTool } from './tool.ts';

const listHooks = defineTool({
  name: 'list_hooks',
  title: 'List hooks',
  effect: 'read',
  description:
    'Lists the hooks of the tenant: URLs whose requests start runs of a job, oldest first. Use it for "what starts this ' +
    'job?". Runs that a hook started have the tag hook:<id>: see list_runs. URLs and secrets are never shown; people create hooks.',
  input: {},
  output: {
    hooks: items(
      'id, name, managed_by (project), job, scheme, enabled, description, has_secret, created_at, created_by.',
    ),
  },
  async call(_input, { api, maxBytes }) {
    const { hooks } = await api.get<{ readonly hooks: readonly HookView[] }>('/hooks');
    const all = hooks.map((hook) => ({ ...omitEmpty({ ...hook }), enabled: hook.enabled }));
    const shown = all.slice(0, countFitting(all, maxBytes));
    const left = all.length - shown.length;
    return { hooks: shown, ...leftOut(left > 0 && `${left} more hooks: call again with a larger max_bytes`) };
  },
});

export const hookTools = [listHooks];
