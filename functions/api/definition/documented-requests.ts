import * as z from 'zod';
import { namedSchema } from '../openapi/operation-doc.ts';
import { flowJob, httpJob, scriptJob } from './job-request.ts';

/**
 * Documented shapes of the requests that define and change jobs: those that requests are checked by, except that `type` may
 * be left out, because it is then derived from the field that is given (`script`, `http` or `flow`). For the same reason
 * `JobInput` has no OpenAPI discriminator, which has to be a required property. Its alternatives exclude one another
 * nevertheless: each requires its own field and allows none of the others.
 */
export const scriptJobInput = namedSchema('ScriptJobInput', scriptJob.extend({ type: scriptJob.shape.type.nullish() }));
export const httpJobInput = namedSchema('HttpJobInput', httpJob.extend({ type: httpJob.shape.type.nullish() }));
export const flowJobInput = namedSchema('FlowJobInput', flowJob.extend({ type: flowJob.shape.type.nullish() }));
export const jobInput = namedSchema('JobInput', z.xor([scriptJobInput, httpJobInput, flowJobInput]));

/** Changes name any fields. Which of them fit also depends on the type that the job has. */
export const flowJobChange = namedSchema('FlowJobChange', flowJobInput.partial());
export const jobChangeInput = namedSchema(
  'JobChange',
  z.union([
    namedSchema('ScriptJobChange', scriptJobInput.partial()),
    namedSchema('HttpJobChange', httpJobInput.partial()),
    flowJobChange,
  ]),
);
