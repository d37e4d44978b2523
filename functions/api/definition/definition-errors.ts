import * as z from 'zod';
import { type Definition, validateDefinition } from '../../core/domain/definition.ts';
import { InvalidInput } from '../../core/domain/errors.ts';
import { expressionsOf, type FlowOperators } from '../../core/domain/flow/validate-flow.ts';
import type { Job } from '../../core/domain/job.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import { lazy } from '../http/route.ts';
import { type FieldError, parse, toFieldErrors } from '../http/validate.ts';
import { nonNegativeInteger } from '../openapi/common-schemas.ts';
import type { JobRequest } from './job-request.ts';
import { toDefinition } from './to-definition.ts';
import { validateSchedulePayloads } from './validate-script-payload.ts';
import { getDefinitionContext } from './write-job.ts';

/** Maximum number of errors in fields that are returned. */
const MAX_FIELD_ERRORS = 100;

/** An error in a definition. `position` is the index of the offending character in an expression. */
export type DefinitionError = FieldError & { readonly position?: number };

export const definitionErrors = lazy(() =>
  z
    .array(
      z.object({
        field: z.string(),
        message: z.string(),
        position: nonNegativeInteger().optional().describe('Index of the offending character in an expression.'),
      }),
    )
    .min(1),
);

export type ValidatedRequest =
  | { readonly valid: true; readonly definition: Definition }
  | { readonly valid: false; readonly errors: readonly DefinitionError[] };

/**
 * Validates a request that defines a job.
 *
 * @param shape validates the fields of the request
 * @param now epoch milliseconds
 * @param before the job that the request would replace; `undefined` for a new job
 * @returns the definition, or every error in a field or expression and the first one that concerns several fields
 */
export async function validateJobRequest(
  tenant: TenantId,
  shape: z.ZodType<JobRequest>,
  body: Readonly<Record<string, unknown>>,
  now: number,
  before?: Job,
): Promise<ValidatedRequest> {
  const result = parse(shape, body);
  if (!result.success) {
    const fieldErrors = toFieldErrors(result.error, 'body').slice(0, MAX_FIELD_ERRORS);
    const invalidFields = new Set(fieldErrors.map(({ field }) => field));
    const expressions = expressionsOf(findOperators(body)).filter(([field]) => !invalidFields.has(field));
    return { valid: false, errors: [...fieldErrors, ...(await findExpressionErrors(expressions))] };
  }
  const { flow } = result.data;
  const expressionErrors = flow ? await findExpressionErrors(expressionsOf(flow)) : [];
  const whole = await validateWhole(tenant, result.data, now, before);
  if (whole.valid && expressionErrors.length === 0) return whole;
  return { valid: false, errors: [...expressionErrors, ...(whole.valid ? [] : whole.errors)] };
}

/** Validates the rules that concern several fields, apart from expressions. */
async function validateWhole(
  tenant: TenantId,
  request: JobRequest,
  now: number,
  before: Job | undefined,
): Promise<ValidatedRequest> {
  try {
    const definition = toDefinition(request);
    validateDefinition(definition, {
      ...(await getDefinitionContext(definition, tenant)),
      validateExpression: () => undefined,
      now,
      createdAt: before?.createdAt ?? new Date(now).toISOString(),
      ...(before && { before }),
    });
    await validateSchedulePayloads(definition);
    return { valid: true, definition };
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return { valid: false, errors: [toDefinitionError(error)] };
  }
}

export const toDefinitionError = ({ field, message }: InvalidInput): DefinitionError => ({
  field,
  message: message.slice(`${field}: `.length),
});

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
  return {
    sources: operators(flow.sources),
    transforms: operators(flow.transforms),
    sinks: operators(flow.sinks),
  };
}

type Expression = readonly [field: string, expression: string];

/** Loads JSONata only if there are expressions, because it is large. */
async function findExpressionErrors(expressions: readonly Expression[]): Promise<DefinitionError[]> {
  if (expressions.length === 0) return [];
  const { findExpressionFault } = await import('../../core/executors/flow/transforms/expression-fault.ts');
  return expressions.flatMap(([field, expression]) => {
    const fault = findExpressionFault(expression);
    return fault ? [{ field, message: `must be JSONata: ${fault.message}`, position: fault.position }] : [];
  });
}
