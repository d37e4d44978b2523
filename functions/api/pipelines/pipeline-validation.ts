import * as z from 'zod';
import { validateDefinition } from '../../core/domain/definition.ts';
import { InvalidInput } from '../../core/domain/errors.ts';
import { expressionsOf, type FlowOperators } from '../../core/domain/flow/validate-flow.ts';
import { findExpressionFault } from '../../core/executors/flow/transforms/expression-fault.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { flowJobRequest, type JobRequest } from '../definition/job-request.ts';
import { toDefinition } from '../definition/to-definition.ts';
import { definitionContext } from '../definition/write-job.ts';
import { operation } from '../http/operation.ts';
import { type FieldError, toFieldErrors } from '../http/validate.ts';

/** An error in a definition. `position` is the index of the offending character in an expression. */
type PipelineFieldError = FieldError & { readonly position?: number };

/** Validates a pipeline without creating it and returns all errors. */
export const validatePipeline = ({ now }: Platform) =>
  operation({
    body: z.record(z.string(), z.unknown()),
    async handle({ body }) {
      const errors = findErrors(body, now());
      return { status: 200, body: errors.length === 0 ? { valid: true } : { valid: false, errors } };
    },
  });

function findErrors(body: Readonly<Record<string, unknown>>, now: number): readonly PipelineFieldError[] {
  const result = flowJobRequest.safeParse(body);
  if (result.success) {
    const { flow } = result.data;
    return [...(flow ? findExpressionErrors(expressionsOf(flow)) : []), ...findDefinitionErrors(result.data, now)];
  }
  const faults = toFieldErrors(result.error, 'body');
  const blamed = new Set(faults.map(({ field }) => field));
  return [
    ...faults,
    ...findExpressionErrors(expressionsOf(findOperators(body)).filter(([field]) => !blamed.has(field))),
  ];
}

/** Tolerant parsers for invalid definitions: an empty list or object in place of anything else. */
const listOrEmpty = z.array(z.unknown()).catch([]);
const objectOrEmpty = z.record(z.string(), z.unknown()).catch({});

/** Extracts the operators from a definition that failed validation. */
function findOperators(body: Readonly<Record<string, unknown>>): FlowOperators {
  const flow = objectOrEmpty.parse(body.flow);
  const operators = (list: unknown) => listOrEmpty.parse(list).map((one) => objectOrEmpty.parse(one));
  return { transforms: operators(flow.transforms), sinks: operators(flow.sinks) };
}

type Expression = readonly [field: string, expression: string];

function findExpressionErrors(expressions: readonly Expression[]): PipelineFieldError[] {
  return expressions.flatMap(([field, expression]) => {
    const fault = findExpressionFault(expression);
    return fault ? [{ field, message: `must be JSONata: ${fault.message}`, position: fault.position }] : [];
  });
}

/** Returns the first error that concerns several fields. */
function findDefinitionErrors(job: JobRequest, now: number): FieldError[] {
  try {
    const createdAt = new Date(now).toISOString();
    validateDefinition(toDefinition(job), {
      ...definitionContext,
      validateExpression: () => undefined,
      now,
      createdAt,
    });
    return [];
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const { field, message } = error;
    return [{ field, message: message.slice(`${field}: `.length) }];
  }
}
