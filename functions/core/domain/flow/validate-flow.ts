import { InvalidInput } from '../errors.ts';
import { headerFields, validateRequest } from '../http-request.ts';
import type { Json } from '../json.ts';
import { assertNoSecretReferences, validateSecretReferences } from '../secret.ts';
import { assertNoCursorPlaceholder, validateDelta } from './delta.ts';
import { type Flow, operatorsOf, type Paging, type Sink, type Source } from './flow.ts';
import { validateRequestBody } from './request-body.ts';

/** Returns the error of an expression and its position in characters, or `undefined` if the expression is valid. */
export type ValidateExpression = (
  expression: string,
) => { readonly message: string; readonly position: number } | undefined;

/** Placeholder in the key of an S3 sink, replaced by the unique part of a page's key. */
const PAGE_PLACEHOLDER = '{page}';
/**
 * Maximum size of an S3 key or prefix in bytes. With the tenant's folder and the page it stays below the 1,024 of S3.
 */
const MAX_KEY_BYTES = 512;
/** Maximum nesting of lists and objects in a record. */
const MAX_RECORD_DEPTH = 32;

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
  for (const [i, sink] of flow.sinks.entries()) validateSink(`flow.sinks[${i}]`, sink);
  for (const { operator, field } of operators) {
    if ('url' in operator) validateRequest(field, operator);
    assertNoSecretReferences(field, JSON.stringify({ ...operator, headers: undefined }), 'values of headers');
  }
  validateSecretReferences(
    operators.flatMap(({ operator, field }) => ('url' in operator ? headerFields(field, operator) : [])),
  );
  assertUnique(flow.sinks.flatMap((sink, i) => (sink.type === 's3' ? [[`flow.sinks[${i}].key`, sink.key]] : [])));
  for (const [field, expression] of expressionsOf(flow)) {
    const wrong = validateExpression(expression);
    if (wrong) throw new InvalidInput(field, `must be JSONata: ${wrong.message}, at position ${wrong.position}`);
  }
}

type FieldValue = readonly [field: string, value: string];

function assertUnique(values: readonly FieldValue[]): void {
  const fields = new Map<string, string>();
  for (const [field, value] of values) {
    const first = fields.get(value);
    if (first !== undefined) throw new InvalidInput(field, `must be unique: ${first} is '${value}' already`);
    fields.set(value, field);
  }
}

/** The field that holds an expression, by type of operator. */
const EXPRESSION_FIELDS: Readonly<Record<string, string>> = {
  filter: 'where',
  map: 'to',
  flatMap: 'to',
  dynamodb: 'key',
};

/** The lists of operators in an unvalidated flow. */
export type FlowOperators = Readonly<Record<'transforms' | 'sinks', readonly object[]>>;

/** Returns the expressions of a flow and their fields. The flow need not be valid otherwise. */
export function expressionsOf(operators: FlowOperators): readonly FieldValue[] {
  return (['transforms', 'sinks'] as const).flatMap((list) =>
    operators[list].flatMap((operator, i): FieldValue[] => {
      const fields: Readonly<Record<string, unknown>> = { ...operator };
      const field = EXPRESSION_FIELDS[String(fields.type)] ?? '';
      const expression = fields[field];
      return typeof expression === 'string' ? [[`flow.${list}[${i}].${field}`, expression]] : [];
    }),
  );
}

function validateSource(field: string, source: Source): void {
  if (source.type === 'http') {
    validatePaging(`${field}.paging`, source.paging);
    validateDelta(field, source);
    if (source.body) validateRequestBody(`${field}.body`, source.body, source.paging.type);
    if (source.body) validateJson(`${field}.body`, source.body);
  }
  if (source.type === 's3') validateKey(`${field}.prefix`, source.prefix);
  if (source.type === 'generate') validateJson(`${field}.shape`, source.shape);
  if (source.type !== 'inline') return;
  for (const [i, record] of source.records.entries()) validateJson(`${field}.records[${i}]`, record);
}

/** Rejects a parameter name that is used twice: the second value would replace the first. */
function validatePaging(field: string, paging: Paging): void {
  if (paging.type === 'page' && paging.sizeParam !== null) {
    assertUnique([
      [`${field}.param`, paging.param],
      [`${field}.sizeParam`, paging.sizeParam],
    ]);
  }
  if (paging.type === 'offset') {
    assertUnique([
      [`${field}.param`, paging.param],
      [`${field}.limitParam`, paging.limitParam],
    ]);
  }
}

function validateSink(field: string, sink: Sink): void {
  if (sink.type === 'http') assertNoCursorPlaceholder(field, JSON.stringify([sink.url, sink.headers]));
  if (sink.type !== 's3') return;
  const key = `${field}.key`;
  validateKey(key, sink.key);
  if (sink.key.split(PAGE_PLACEHOLDER).length !== 2)
    throw new InvalidInput(key, `must hold ${PAGE_PLACEHOLDER} once, got '${sink.key}'`);
}

/** Validates a key within the tenant's folder. */
function validateKey(field: string, key: string): void {
  const bytes = Buffer.byteLength(key);
  if (bytes > MAX_KEY_BYTES) throw new InvalidInput(field, `must have at most ${MAX_KEY_BYTES} bytes, got ${bytes}`);
  if (/[\p{C}\p{Zl}\p{Zp}]/u.test(key)) throw new InvalidInput(field, 'must be printable characters');
  if (key.startsWith('/')) throw new InvalidInput(field, `must not begin with /, got '${key}'`);
  if (/(^|\/)\.{1,2}(\/|$)/.test(key))
    throw new InvalidInput(field, `must not contain the path segments . or .., got '${key}'`);
}

/** Rejects numbers such as 1e999, which JSON can express but a double cannot hold. */
function validateJson(field: string, value: Json, depth = 0): void {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new InvalidInput(field, 'must not contain numbers beyond the range of a double');
  if (typeof value !== 'object' || value === null) return;
  if (depth >= MAX_RECORD_DEPTH)
    throw new InvalidInput(field, `must be nested at most ${MAX_RECORD_DEPTH} levels deep`);
  for (const item of Object.values(value)) validateJson(field, item, depth + 1);
}
