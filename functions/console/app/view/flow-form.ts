import type { DefinitionError } from '../api/pipeline-types.ts';
import {
  JsonSyntaxError,
  jsonRanges,
  lineAndColumn,
  rangeAt,
  stringCharOffset,
  type TextRange,
} from './json-ranges.ts';

type Definition = Readonly<Record<string, unknown>>;

/** A definition to start a new flow from. */
export interface Template {
  readonly name: string;
  readonly description: string;
  readonly definition: Definition;
}

export const TEMPLATES: readonly Template[] = [
  {
    name: 'Generate → preview',
    description: 'Generates sample records, filters them and shows the result.',
    definition: {
      id: 'try-out',
      name: 'Try out',
      schedule: null,
      flow: {
        pageSize: 100,
        parallelism: 1,
        sources: [{ id: 'numbers', type: 'generate', count: 1_000, rate: 50 }],
        transforms: [
          { id: 'even', type: 'filter', where: 'id % 2 = 0' },
          { id: 'shape', type: 'map', to: '{ "id": id, "twice": value * 2 }' },
        ],
        sinks: [{ id: 'seen', type: 'preview' }],
      },
    },
  },
  {
    name: 'HTTP → S3',
    description: 'Exports every page of an HTTP API to objects in your folder, nightly.',
    definition: {
      id: 'orders-export',
      name: 'Orders export',
      schedule: '0 3 * * *',
      timezone: 'UTC',
      flow: {
        pageSize: 100,
        parallelism: 1,
        onError: 'continue',
        sources: [
          {
            id: 'orders',
            type: 'http',
            url: 'https://api.example.com/orders',
            headers: { authorization: 'Bearer {{secret:shop.token}}' },
            records: 'data.items',
            paging: { type: 'page', param: 'page', sizeParam: 'size', size: 100 },
          },
        ],
        transforms: [{ id: 'paid', type: 'filter', where: 'status = "paid"' }],
        sinks: [{ id: 'files', type: 's3', key: 'orders/{page}.ndjson', format: 'ndjson' }],
      },
    },
  },
  {
    name: 'S3 → HTTP',
    description: 'Sends objects in your folder to an HTTP API, one request per page, with four tasks in parallel.',
    definition: {
      id: 'orders-import',
      name: 'Orders import',
      schedule: null,
      flow: {
        pageSize: 50,
        parallelism: 4,
        onError: 'continue',
        checkpoints: { everySeconds: 60, keep: 5 },
        sources: [{ id: 'files', type: 's3', prefix: 'orders/', format: 'ndjson' }],
        transforms: [{ id: 'shape', type: 'map', to: '{ "ref": id, "total": $sum(lines.price) }' }],
        sinks: [
          {
            id: 'ledger',
            type: 'http',
            url: 'https://ledger.example.com/entries',
            method: 'POST',
            headers: { authorization: 'Bearer {{secret:ledger.token}}' },
            mode: 'batch',
          },
        ],
      },
    },
  },
];

export const formatDefinition = (definition: Definition): string => `${JSON.stringify(definition, null, 2)}\n`;

/** Fields that are read-only or belong to other types of jobs. */
const HIDDEN_FIELDS = ['type', 'script', 'args', 'env', 'http', 'enabled', 'next_run', 'created_at', 'updated_at'];

/** Returns the editable fields of a flow that are set. */
export function editableFields(definition: Definition): Definition {
  const entries = Object.entries(definition).filter(([name, value]) => value !== null && !HIDDEN_FIELDS.includes(name));
  return Object.fromEntries(
    entries.filter(([name, value]) => !isEmptyList(value) && !(name === 'labels' && isEmptyMap(value))),
  );
}

const isEmptyList = (value: unknown) => Array.isArray(value) && value.length === 0;
const isEmptyMap = (value: unknown) => typeof value === 'object' && value !== null && Object.keys(value).length === 0;

/** Returns the body for `PATCH /api/v1/pipelines/{id}`: the changed fields, with `null` for removed ones. */
export function patchBetween(before: Definition, after: Definition): Definition {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const changed = [...names].filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  return Object.fromEntries(changed.map((name) => [name, after[name] ?? null]));
}

/** The definition in a text, or the error that prevents reading it. */
export type ParsedDefinition =
  | { readonly kind: 'definition'; readonly definition: Definition }
  | { readonly kind: 'error'; readonly error: LocatedError };

/** An error and its location in the text. */
export interface LocatedError {
  /** Empty for the text as a whole. */
  readonly field: string;
  readonly message: string;
  readonly range: TextRange;
  readonly line: number;
  readonly column: number;
}

export function parseDefinition(text: string): ParsedDefinition {
  try {
    jsonRanges(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    return { kind: 'error', error: locatedError(text, '', `Invalid JSON: ${error.message}.`, error.offset) };
  }
  const value: unknown = JSON.parse(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return { kind: 'definition', definition: value as Definition };
  }
  return { kind: 'error', error: locatedError(text, '', 'Must be an object: { "id": …, "name": …, "flow": … }', 0) };
}

/**
 * Returns the locations in the text for errors that the API reports. In an expression, the location is one character.
 */
export function locateErrors(text: string, errors: readonly DefinitionError[]): readonly LocatedError[] {
  const ranges = jsonRanges(text);
  return errors.map(({ field, message, position }) => {
    const range = rangeAt(ranges, field === 'body' ? '' : field) ?? { start: 0, end: text.length };
    if (position === undefined) return locatedError(text, field, message, range.start, range.end);
    // The error was detected after `position` characters: the last of them is wrong, or misses a successor.
    const last = Math.max(0, position - 1);
    const [start, end] = [stringCharOffset(text, range, last), stringCharOffset(text, range, last + 1)];
    return locatedError(text, field, `${message} (at character ${last + 1} of the expression)`, start, end);
  });
}

function locatedError(text: string, field: string, message: string, start: number, end = start): LocatedError {
  return { field, message, range: { start, end }, ...lineAndColumn(text, start) };
}
