import * as z from 'zod';
import { lazy } from '../http/route.ts';
import { namedSchema } from '../openapi/common-schemas.ts';
import {
  containerJob,
  eventJob,
  flowJob,
  httpJob,
  lambdaJob,
  queueJob,
  scriptJob,
  stateMachineJob,
} from './job-request.ts';

/**
 * Schemas that document the requests that define and change jobs. They equal the schemas used for validation, except
 * that `type` is optional: it is derived from the field that is present (`script`, `http`, `flow`…). `JobInput`
 * therefore has no OpenAPI discriminator, which must be a required property. The alternatives still exclude one
 * another, because each requires its own field and rejects the others.
 */
const scriptJobInput = lazy(() =>
  namedSchema('ScriptJobInput', scriptJob().extend({ type: scriptJob().shape.type.nullish() })),
);
const httpJobInput = lazy(() =>
  namedSchema('HttpJobInput', httpJob().extend({ type: httpJob().shape.type.nullish() })),
);
export const flowJobInput = lazy(() =>
  namedSchema('FlowJobInput', flowJob().extend({ type: flowJob().shape.type.nullish() })),
);
const lambdaJobInput = lazy(() =>
  namedSchema('LambdaJobInput', lambdaJob().extend({ type: lambdaJob().shape.type.nullish() })),
);
const eventJobInput = lazy(() =>
  namedSchema('EventJobInput', eventJob().extend({ type: eventJob().shape.type.nullish() })),
);
const queueJobInput = lazy(() =>
  namedSchema('QueueJobInput', queueJob().extend({ type: queueJob().shape.type.nullish() })),
);
const containerJobInput = lazy(() =>
  namedSchema('ContainerJobInput', containerJob().extend({ type: containerJob().shape.type.nullish() })),
);
const stateMachineJobInput = lazy(() =>
  namedSchema('StateMachineJobInput', stateMachineJob().extend({ type: stateMachineJob().shape.type.nullish() })),
);
export const jobInput = lazy(() =>
  namedSchema(
    'JobInput',
    z.xor([
      scriptJobInput(),
      httpJobInput(),
      flowJobInput(),
      lambdaJobInput(),
      eventJobInput(),
      queueJobInput(),
      containerJobInput(),
      stateMachineJobInput(),
    ]),
  ),
);

/** The definition that replaces a job. The path has the id. */
export const jobReplacement = lazy(() =>
  namedSchema(
    'JobReplacement',
    z.xor([
      namedSchema('ScriptJobReplacement', scriptJobInput().partial({ id: true })),
      namedSchema('HttpJobReplacement', httpJobInput().partial({ id: true })),
      namedSchema('FlowJobReplacement', flowJobInput().partial({ id: true })),
      namedSchema('LambdaJobReplacement', lambdaJobInput().partial({ id: true })),
      namedSchema('EventJobReplacement', eventJobInput().partial({ id: true })),
      namedSchema('QueueJobReplacement', queueJobInput().partial({ id: true })),
      namedSchema('ContainerJobReplacement', containerJobInput().partial({ id: true })),
      namedSchema('StateMachineJobReplacement', stateMachineJobInput().partial({ id: true })),
    ]),
  ),
);

/** A change may name any field. The type of the existing job decides which of them are valid. */
export const flowJobChange = lazy(() => namedSchema('FlowJobChange', flowJobInput().partial()));
export const jobChangeInput = lazy(() =>
  namedSchema(
    'JobChange',
    z.union([
      namedSchema('ScriptJobChange', scriptJobInput().partial()),
      namedSchema('HttpJobChange', httpJobInput().partial()),
      flowJobChange(),
      namedSchema('LambdaJobChange', lambdaJobInput().partial()),
      namedSchema('EventJobChange', eventJobInput().partial()),
      namedSchema('QueueJobChange', queueJobInput().partial()),
      namedSchema('ContainerJobChange', containerJobInput().partial()),
      namedSchema('StateMachineJobChange', stateMachineJobInput().partial()),
    ]),
  ),
);

export const FLOW_EXAMPLE = {
  id: 'orders-to-erp',
  name: 'Orders to the ERP',
  flow: {
    sources: [{ type: 'generate', count: 1_000 }],
    transforms: [{ type: 'filter', where: 'value > 10' }],
    sinks: [{ type: 'preview' }],
  },
};
