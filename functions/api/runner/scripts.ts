import * as z from 'zod';
import { readScripts } from '../../core/platform/known-scripts.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { namedSchema } from '../openapi/common-schemas.ts';

const scriptSchema = lazy(() =>
  namedSchema(
    'RunnerScript',
    z.object({
      name: z.string().describe('The `script` of a job.'),
      description: z.string().nullable(),
      usage: z.string().nullable().describe('Form of the arguments, such as `<day> [size]`.'),
    }),
  ),
);
/** A script that jobs can run. */
export type ScriptView = ViewOf<typeof scriptSchema>;

export const listScripts = route({
  method: 'GET',
  path: '/scripts',
  operation: 'listScripts',
  action: 'read',
  openapi: () => ({
    summary: 'List scripts',
    description: 'Lists the scripts of the deployment that jobs can run, by name.',
  }),
  responses: () => ({
    200: { description: 'The scripts by name.', body: z.object({ scripts: z.array(scriptSchema()) }) },
  }),
  async handle() {
    const scripts = readScripts().map(({ name, description, usage }): ScriptView => ({ name, description, usage }));
    return { status: 200, body: { scripts } };
  },
});
