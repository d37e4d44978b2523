import * as z from 'zod';
import { called } from '../openapi/described.ts';
import { flowJob, httpJob, scriptJob } from './job-shape.ts';

/**
 * Documented shapes of the requests that define and change jobs: those that requests are checked by, except that `type` may
 * be left out, because it is then derived from the field that is given (`script`, `http` or `flow`). For the same reason
 * `JobInput` has no OpenAPI discriminator, which has to be a required property. Its alternatives exclude one another
 * nevertheless: each requires its own field and allows none of the others.
 */
export const scriptJobInput = called('ScriptJobInput', scriptJob.extend({ type: scriptJob.shape.type.nullish() }));
export const httpJobInput = called('HttpJobInput', httpJob.extend({ type: httpJob.shape.type.nullish() }));
export const flowJobInput = called('FlowJobInput', flowJob.extend({ type: flowJob.shape.type.nullish() }));
export const jobInput = called('JobInput', z.xor([scriptJobInput, httpJobInput, flowJobInput]));

/** Changes name any fields. Which of them fit also depends on the type that the job has. */
export const flowJobChange = called('FlowJobChange', flowJobInput.partial());
export const jobChangeInput = called(
  'JobChange',
  z.union([
    called('ScriptJobChange', scriptJobInput.partial()),
    called('HttpJobChange', httpJobInput.partial()),
    flowJobChange,
  ]),
);
