import * as z from 'zod';
import { checkDefinition } from '../../domain/definition.ts';
import { InvalidInput } from '../../domain/errors.ts';
import { expressionsOf } from '../../domain/flow/check-flow.ts';
import type { Flow } from '../../domain/flow/flow.ts';
import { checkExpression } from '../../executors/flow/transforms/check-expression.ts';
import type { Platform } from '../../platform/platform.ts';
import { definitionOf } from '../definition/definition-of.ts';
import { type NewJob, newFlow } from '../definition/job-shape.ts';
import { known } from '../definition/write-job.ts';
import { type Fault, faultsOf } from '../edge/check.ts';
import { operation } from '../edge/operation.ts';

/** What is the matter with a definition: in an expression, behind which of its characters. */
type PipelineFault = Fault & { readonly position?: number };

/** Says whether a pipeline could be created of the body as it is, and all that is the matter with it; creates none. */
export const validatePipeline = ({ now }: Platform) =>
  operation({
    body: z.record(z.string(), z.unknown()),
    async handle({ body }) {
      const errors = faultsIn(body, now());
      return { status: 200, body: errors.length === 0 ? { valid: true } : { valid: false, errors } };
    },
  });

function faultsIn(body: Readonly<Record<string, unknown>>, now: number): readonly PipelineFault[] {
  const result = newFlow.safeParse(body);
  if (!result.success) return faultsOf(result.error, 'body');
  const { flow } = result.data;
  return [...(flow ? expressionFaults(flow) : []), ...otherFaults(result.data, now)];
}

function expressionFaults(flow: Flow): PipelineFault[] {
  return expressionsOf(flow).flatMap(([field, expression]) => {
    const fault = checkExpression(expression);
    return fault ? [{ field, message: `must be JSONata: ${fault.message}`, position: fault.position }] : [];
  });
}

/** What no single field says about itself: the first thing of that. */
function otherFaults(job: NewJob, now: number): Fault[] {
  try {
    const createdAt = new Date(now).toISOString();
    checkDefinition(definitionOf(job), { ...known, checkExpression: () => undefined, now, createdAt });
    return [];
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const { field, message } = error;
    return [{ field, message: message.slice(`${field}: `.length) }];
  }
}
