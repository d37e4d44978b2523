import { InvalidInput } from '../errors.ts';
import { headerFields, validateRequest } from '../http-request.ts';
import { assertNoSecretReferences, validateSecretReferences } from '../secret.ts';
import { assertUnique, type FieldValue } from './assert-unique.ts';
import { type Flow, operatorsOf } from './flow.ts';
import { validateLookup } from './validate-lookup.ts';
import { validateRoute } from './validate-route.ts';
import { validateSink } from './validate-sink.ts';
import { validateSource } from './validate-source.ts';

/** Returns the error of an expression and its position in characters, or `undefined` if the expression is valid. */
export type ValidateExpression = (
  expression: string,
) => { readonly message: string; readonly position: number } | undefined;

/**
 * Validates the rules of a flow that span several fields. Errors name fields as requests do.
 *
 * @throws InvalidInput
 */
export function validateFlow(flow: Flow, validateExpression: ValidateExpression): void {
  const fields = [
    ...flow.sources.map((_, i) => `flow.sources[${i}]`),
    ...flow.transforms.map((_, i) => `flow.transforms[${i}]`),
    ...flow.sinks.map((_, i) => `flow.sinks[${i}]`),
  ];
  const operators = operatorsOf(flow).map((operator, i) => ({ operator, field: fields[i] ?? '' }));
  assertUnique(operators.map(({ operator, field }) => [`${field}.id`, operator.id]));
  for (const [i, source] of flow.sources.entries()) validateSource(`flow.sources[${i}]`, source);
  for (const [i, sink] of flow.sinks.entries()) validateSink(`flow.sinks[${i}]`, sink, i === flow.sinks.length - 1);
  validateRoute(flow);
  const lookupHeaders = flow.transforms.flatMap((transform, i) =>
    transform.type === 'lookup' ? validateLookup(`flow.transforms[${i}]`, transform) : [],
  );
  for (const { operator, field } of operators) {
    if ('url' in operator) validateRequest(field, operator);
    if (operator.type === 'lookup') continue;
    assertNoSecretReferences(field, JSON.stringify({ ...operator, headers: undefined }), 'values of headers');
  }
  validateSecretReferences([
    ...operators.flatMap(({ operator, field }) => ('url' in operator ? headerFields(field, operator) : [])),
    ...lookupHeaders,
  ]);
  assertUnique(flow.sinks.flatMap((sink, i) => (sink.type === 's3' ? [[`flow.sinks[${i}].key`, sink.key]] : [])));
  for (const [field, expression] of expressionsOf(flow)) {
    const wrong = validateExpression(expression);
    if (wrong) throw new InvalidInput(field, `must be JSONata: ${wrong.message}, at position ${wrong.position}`);
  }
}

/** The field that holds an expression, by type of operator. */
const EXPRESSION_FIELDS: Readonly<Record<OperatorList, Readonly<Record<string, string>>>> = {
  sources: { http: 'endWhen' },
  transforms: { filter: 'where', map: 'to', flatMap: 'to', lookup: 'key' },
  sinks: { http: 'responseMap', dynamodb: 'key' },
};

const OPERATOR_LISTS = ['sources', 'transforms', 'sinks'] as const;
type OperatorList = (typeof OPERATOR_LISTS)[number];

/** The lists of operators in an unvalidated flow. */
export type FlowOperators = Readonly<Record<OperatorList, readonly object[]>>;

/** Returns the expressions of a flow and their fields. The flow need not be valid otherwise. */
export function expressionsOf(operators: FlowOperators): readonly FieldValue[] {
  return OPERATOR_LISTS.flatMap((list) =>
    operators[list].flatMap((operator, i): FieldValue[] => {
      const fields: Readonly<Record<string, unknown>> = { ...operator };
      if (fields.type === 'route') return conditionsOf(`flow.${list}[${i}].routes`, fields.routes);
      const field = EXPRESSION_FIELDS[list][String(fields.type)] ?? '';
      const expression = fields[field];
      return typeof expression === 'string' ? [[`flow.${list}[${i}].${field}`, expression]] : [];
    }),
  );
}

/** Returns the conditions of a route, which may be invalid. */
function conditionsOf(field: string, routes: unknown): FieldValue[] {
  if (!Array.isArray(routes)) return [];
  return routes.flatMap((route: { readonly when?: unknown } | null, i): FieldValue[] =>
    typeof route?.when === 'string' ? [[`${field}[${i}].when`, route.when]] : [],
  );
}
