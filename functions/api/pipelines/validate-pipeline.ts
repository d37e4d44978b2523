import * as z from 'zod';
import { checkDefinition } from '../../core/domain/definition.ts';
import { InvalidInput } from '../../core/domain/errors.ts';
import { expressionsOf, type Operators } from '../../core/domain/flow/check-flow.ts';
import { checkExpression } from '../../core/executors/flow/transforms/check-expression.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { definitionOf } from '../definition/definition-of.ts';
import { type NewJob, newFlow } from '../definition/job-shape.ts';
import { known } from '../definition/write-job.ts';
import { type Fault, faultsOf } from '../http/check.ts';
import { operation } from '../http/operation.ts';

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
  if (result.success) {
    const { flow } = result.data;
    return [...(flow ? expressionFaults(expressionsOf(flow)) : []), ...otherFaults(result.data, now)];
  }
  const faults = faultsOf(result.error, 'body');
  const blamed = new Set(faults.map(({ field }) => field));
  return [...faults, ...expressionFaults(expressionsOf(operatorsIn(body)).filter(([field]) => !blamed.has(field)))];
}

/** A list, whatever its entries, and an entry, whatever its fields: nothing where there is none. */
const listed = z.array(z.unknown()).catch([]);
const entry = z.record(z.string(), z.unknown()).catch({});

/** The operators of a definition that has something the matter with it, as far as they are to be found. */
function operatorsIn(body: Readonly<Record<string, unknown>>): Operators {
  const flow = entry.parse(body.flow);
  const operators = (list: unknown) => listed.parse(list).map((one) => entry.parse(one));
  return { transforms: operators(flow.transforms), sinks: operators(flow.sinks) };
}

type Expression = readonly [field: string, expression: string];

function expressionFaults(expressions: readonly Expression[]): PipelineFault[] {
  return expressions.flatMap(([field, expression]) => {
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
