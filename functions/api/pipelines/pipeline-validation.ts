import * as z from 'zod';
import { validateDefinition } from '../../core/domain/definition.ts';
import { InvalidInput } from '../../core/domain/errors.ts';
import { expressionsOf, type FlowOperators } from '../../core/domain/flow/validate-flow.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { FLOW_EXAMPLE } from '../definition/documented-requests.ts';
import { flowJobRequest, type JobRequest } from '../definition/job-request.ts';
import { toDefinition } from '../definition/to-definition.ts';
import { getDefinitionContext } from '../definition/write-job.ts';
import { lazy, route } from '../http/route.ts';
import { type FieldError, toFieldErrors } from '../http/validate.ts';
import { nonNegativeInteger } from '../openapi/common-schemas.ts';

/** An error in a definition. `position` is the index of the offending character in an expression. */
type PipelineFieldError = FieldError & { readonly position?: number };

export const validatePipeline = route({
  method: 'POST',
  path: '/api/v1/pipelines/validate',
  operation: 'validatePipeline',
  action: 'read',
  body: () => z.record(z.string(), z.unknown()),
  openapi: () => ({
    summary: 'Validate a pipeline',
    description: 'Reports every error that would prevent the creation of the pipeline. Creates nothing.',
    bodyExample: FLOW_EXAMPLE,
  }),
  responses: () => {
    const error = z.object({
      field: z.string(),
      message: z.string(),
      position: nonNegativeInteger().optional().describe('Index of the offending character in an expression.'),
    });
    return {
      200: {
        description: 'The result of the validation.',
        body: z.union([
          z.object({ valid: z.literal(true) }),
          z.object({ valid: z.literal(false), errors: z.array(error).min(1) }),
        ]),
      },
    };
  },
  async handle({ body }, { now }: Pick<Platform, 'now'>) {
    const errors = await findErrors(body, now());
    return { status: 200, body: errors.length === 0 ? { valid: true as const } : { valid: false as const, errors } };
  },
});

async function findErrors(
  body: Readonly<Record<string, unknown>>,
  now: number,
): Promise<readonly PipelineFieldError[]> {
  const result = flowJobRequest().safeParse(body);
  if (result.success) {
    const { flow } = result.data;
    return [
      ...(flow ? await findExpressionErrors(expressionsOf(flow)) : []),
      ...(await findDefinitionErrors(result.data, now)),
    ];
  }
  const fieldErrors = toFieldErrors(result.error, 'body');
  const invalidFields = new Set(fieldErrors.map(({ field }) => field));
  return [
    ...fieldErrors,
    ...(await findExpressionErrors(expressionsOf(findOperators(body)).filter(([field]) => !invalidFields.has(field)))),
  ];
}

/** Tolerant parsers for invalid definitions: an empty list or object in place of anything else. */
const listOrEmpty = lazy(() => z.array(z.unknown()).catch([]));
const objectOrEmpty = lazy(() => z.record(z.string(), z.unknown()).catch({}));

/** Extracts the operators from a definition that failed validation. */
function findOperators(body: Readonly<Record<string, unknown>>): FlowOperators {
  const flow = objectOrEmpty().parse(body.flow);
  const operators = (list: unknown) =>
    listOrEmpty()
      .parse(list)
      .map((one) => objectOrEmpty().parse(one));
  return { transforms: operators(flow.transforms), sinks: operators(flow.sinks) };
}

type Expression = readonly [field: string, expression: string];

async function findExpressionErrors(expressions: readonly Expression[]): Promise<PipelineFieldError[]> {
  const { findExpressionFault } = await import('../../core/executors/flow/transforms/expression-fault.ts');
  return expressions.flatMap(([field, expression]) => {
    const fault = findExpressionFault(expression);
    return fault ? [{ field, message: `must be JSONata: ${fault.message}`, position: fault.position }] : [];
  });
}

/** Returns the first error that concerns several fields. */
async function findDefinitionErrors(job: JobRequest, now: number): Promise<FieldError[]> {
  try {
    const createdAt = new Date(now).toISOString();
    const definition = toDefinition(job);
    validateDefinition(definition, {
      ...(await getDefinitionContext(definition)),
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
