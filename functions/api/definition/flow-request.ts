import * as z from 'zod';
import { MAX_CURSOR_LENGTH } from '../../core/domain/flow/delta.ts';
import { CHECKPOINT_POLICY, FORMATS } from '../../core/domain/flow/flow.ts';
import { JSON_PATH } from '../../core/domain/flow/json-path.ts';
import type { Json } from '../../core/domain/json.ts';
import {
  ALSO_ACCEPTED_KEYWORD,
  DEFAULT_KEYWORD,
  discriminatorOf,
  flag,
  inputObject,
  integer,
  listOf,
  mapOf,
  matchingText,
  name,
  namedInputVariants,
  oneOf,
  orComputed,
  orDefault,
  positiveNumber,
  text,
  textOrEmpty,
  withKeywords,
  withParsedSchema,
} from '../http/input-schemas.ts';
import { lazy } from '../http/route.ts';

const OPERATOR_ID = /^[A-Za-z0-9_-]{1,64}$/;
const QUEUE = /^[A-Za-z0-9_-]{1,39}$/;
/** A column separator of CSV: a tab or one ASCII punctuation character. */
const DELIMITER = /^[\t!#-/:-@[-`{-~]$/;
const COLLECTION = /^[A-Za-z0-9_-]{1,64}$/;
const QUERY_PARAMETER = /^[\x21-\x7e]{1,64}$/;

const MAX_PAGE_RECORDS = 10_000;
const DEFAULT_PAGE_RECORDS = 100;
/** 30 days. */
const MAX_OVERLAP_SECONDS = 30 * 86_400;
const MAX_UINT32 = 2 ** 32 - 1;
const MAX_EXPRESSION_LENGTH = 8_192;

/** Any JSON value. */
const json = lazy(() => z.unknown() as unknown as z.ZodType<Json>);

const path = () =>
  matchingText(JSON_PATH, '1–256 characters: names joined by dots, such as data.items or data."odd.name"', 256);
const parameter = () => matchingText(QUERY_PARAMETER, '1–64 printable ASCII characters without spaces');
const pageRecords = () => integer(1, MAX_PAGE_RECORDS);

/** Fields of every operator. `withDefaultName` computes the values that are `null`. */
const operator = lazy(() => ({
  id: orComputed(matchingText(OPERATOR_ID, '1–64 of A–Z a–z 0–9 _ -')),
  name: orComputed(name(200)),
}));

/** Fields of every operator except `preview`, which keeps its records in any case. */
const tappableOperator = lazy(() => ({ ...operator(), tap: orDefault(flag(), undefined) }));

const request = lazy(() => ({ url: text(2_048), headers: orDefault(mapOf(textOrEmpty(4_096)), {}) }));

const page = lazy(() =>
  inputObject({
    type: z.literal('page'),
    param: orDefault(parameter(), 'page'),
    start: orDefault(integer(0, MAX_UINT32), 1),
    sizeParam: orDefault(parameter(), null),
    size: orDefault(pageRecords(), null),
  }).transform((given) => ({
    ...given,
    // A size without a parameter name is never sent, so the default applies only if `sizeParam` is set.
    size: given.size ?? (given.sizeParam === null ? null : DEFAULT_PAGE_RECORDS),
  })),
);

const pagingObject = lazy(() =>
  namedInputVariants('Paging', [
    inputObject({ type: z.literal('none') }),
    page(),
    inputObject({
      type: z.literal('offset'),
      param: orDefault(parameter(), 'offset'),
      limitParam: orDefault(parameter(), 'limit'),
      limit: orDefault(pageRecords(), DEFAULT_PAGE_RECORDS),
    }),
    inputObject({ type: z.literal('cursor'), param: orDefault(parameter(), 'cursor'), path: path() }),
    inputObject({ type: z.literal('nextUrl'), path: path() }),
    inputObject({ type: z.literal('link') }),
  ]),
);
/** Paging types whose fields all have defaults. A request may give such a type as a string: `paging: "link"`. */
const pagingTypesByName = lazy(() =>
  pagingObject()
    .options.map(discriminatorOf)
    .filter((type) => pagingObject().safeParse({ type }).success),
);
const paging = lazy(() =>
  withKeywords(
    z.preprocess((given) => (typeof given === 'string' ? { type: given } : given), pagingObject()),
    { [ALSO_ACCEPTED_KEYWORD]: { type: 'string', enum: pagingTypesByName() } },
  ),
);

const delta = lazy(() =>
  inputObject({
    path: path(),
    start: text(MAX_CURSOR_LENGTH),
    overlapSeconds: orDefault(integer(0, MAX_OVERLAP_SECONDS), 0),
  }),
);

const source = lazy(() =>
  namedInputVariants('Source', [
    inputObject({
      ...tappableOperator(),
      type: z.literal('http'),
      ...request(),
      body: orDefault(mapOf(json()), undefined),
      records: orDefault(path(), null),
      paging: orDefault(paging(), { type: 'none' }),
      delta: orDefault(delta(), undefined),
    }),
    inputObject({
      ...tappableOperator(),
      type: z.literal('s3'),
      prefix: textOrEmpty(512),
      format: orDefault(oneOf(FORMATS), 'ndjson'),
      delimiter: orDefault(
        matchingText(DELIMITER, 'one ASCII punctuation character but a double quote, or a tab'),
        undefined,
      ),
    }),
    inputObject({ ...tappableOperator(), type: z.literal('inline'), records: listOf(json(), 10_000, 1) }),
    inputObject({
      ...tappableOperator(),
      type: z.literal('generate'),
      count: integer(1, 1_000_000_000),
      rate: orDefault(positiveNumber(1_000_000), null),
      shape: orDefault(mapOf(json()), null),
      seed: orDefault(integer(0, MAX_UINT32), 1),
    }),
    inputObject({
      ...tappableOperator(),
      type: z.literal('sqs'),
      queue: matchingText(QUEUE, '1–39 of A–Z a–z 0–9 _ -'),
    }),
  ]),
);

const transform = lazy(() =>
  namedInputVariants('Transform', [
    inputObject({ ...tappableOperator(), type: z.literal('filter'), where: text(MAX_EXPRESSION_LENGTH) }),
    inputObject({ ...tappableOperator(), type: z.literal('map'), to: text(MAX_EXPRESSION_LENGTH) }),
    inputObject({ ...tappableOperator(), type: z.literal('flatMap'), to: text(MAX_EXPRESSION_LENGTH) }),
  ]),
);

const sink = lazy(() =>
  namedInputVariants('Sink', [
    inputObject({
      ...tappableOperator(),
      type: z.literal('http'),
      ...request(),
      method: orDefault(oneOf(['POST', 'PUT', 'PATCH']), 'POST'),
      mode: orDefault(oneOf(['batch', 'single']), 'batch'),
      concurrency: orDefault(integer(1, 16), 4),
    }),
    inputObject({
      ...tappableOperator(),
      type: z.literal('s3'),
      key: text(512),
      format: orDefault(oneOf(['ndjson', 'csv']), 'ndjson'),
    }),
    inputObject({
      ...tappableOperator(),
      type: z.literal('dynamodb'),
      collection: matchingText(COLLECTION, '1–64 of A–Z a–z 0–9 _ -'),
      key: orDefault(text(MAX_EXPRESSION_LENGTH), null),
    }),
    inputObject({ ...operator(), type: z.literal('preview') }),
  ]),
);

const checkpoints = lazy(() =>
  inputObject({
    // `null` disables the timer, so it must not mean the default here.
    everySeconds: withParsedSchema(
      withKeywords(
        integer(1, 86_400)
          .nullish()
          .transform((given) => (given === undefined ? CHECKPOINT_POLICY.everySeconds : given)),
        { [DEFAULT_KEYWORD]: CHECKPOINT_POLICY.everySeconds },
      ),
      integer(1, 86_400).nullable(),
    ),
    keep: orDefault(integer(1, 100), CHECKPOINT_POLICY.keep),
  }),
);

interface ParsedOperator {
  readonly id: string | null;
  readonly name: string | null;
  readonly type: string;
  tap?: boolean | undefined;
  delimiter?: string | undefined;
  delta?: object | undefined;
  body?: object | undefined;
}

/**
 * Fills in the id and name of an operator: the id defaults to the operator's position, the name to the id or the type.
 */
function withDefaultName<Operator extends ParsedOperator>(given: Operator, byPlace: string) {
  const operator = { ...given, id: given.id ?? byPlace, name: given.name ?? given.id ?? given.type };
  // Definitions stored before these fields existed lack them; omitting defaults keeps both equal.
  if (!operator.tap) delete operator.tap;
  if (operator.delimiter === undefined) delete operator.delimiter;
  if (operator.delta === undefined) delete operator.delta;
  if (operator.body === undefined) delete operator.body;
  return operator;
}

/** Returns the type and the position among operators of that type, counted from 1: `filter_1`, `map_1`, `filter_2`. */
function defaultOperatorId(list: readonly ParsedOperator[], place: number): string {
  const type = list[place]?.type;
  return `${type}_${list.slice(0, place + 1).filter((other) => other.type === type).length}`;
}

/** The request schema of a flow. The fields are documented in `functions/core/domain/flow/flow.ts`. */
export const flow = lazy(() =>
  inputObject({
    pageSize: orDefault(integer(1, 1_000), 100),
    parallelism: orDefault(integer(1, 64), 1),
    onError: orDefault(oneOf(['continue', 'stop']), 'continue'),
    checkpoints: orDefault(checkpoints(), CHECKPOINT_POLICY),
    sources: listOf(source(), 10, 1).transform((list) =>
      list.map((given, i) => withDefaultName(given, `source_${i + 1}`)),
    ),
    transforms: orDefault(
      listOf(transform(), 20).transform((list) =>
        list.map((given, i) => withDefaultName(given, defaultOperatorId(list, i))),
      ),
      [],
    ),
    sinks: listOf(sink(), 10, 1).transform((list) => list.map((given, i) => withDefaultName(given, `sink_${i + 1}`))),
  }),
);
