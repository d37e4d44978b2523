import * as z from 'zod';
import type { ScriptView } from '../../functions/api/runner/scripts.ts';
import { countFitting, leftOut, omitEmpty } from './answer.ts';
import { items } from './inputs.ts';
import { defineTool } from './tool.ts';

const listScripts = defineTool({
  name: 'list_scripts',
  title: 'List scripts',
  effect: 'read',
  description:
    'Lists the scripts of the deployment, by name. Use it before create_job, to choose the script of a job and the form of ' +
    'its args. Scripts are part of the deployment and cannot be uploaded.',
  input: {
    after: z.string().optional().describe('Lists scripts with later names: the last name of the previous answer.'),
  },
  output: { scripts: items('name, description, usage: the form of the arguments, such as <day> [size].') },
  async call({ after = '' }, { api, maxBytes }) {
    const { scripts } = await api.get<{ readonly scripts: readonly ScriptView[] }>('/scripts');
    const following = scripts.filter(({ name }) => name > after).map((script) => omitEmpty({ ...script }));
    const shown = following.slice(0, countFitting(following, maxBytes));
    const left = following.length - shown.length;
    const last = String(shown.at(-1)?.name);
    return { scripts: shown, ...leftOut(left > 0 && `${left} more scripts: call again with after=${last}`) };
  },
});

export const scriptTools = [listScripts];
