import * as z from 'zod';
import { MAX_CURSOR_LENGTH } from '../../core/domain/flow/delta.ts';
import { COMPRESSIONS, FORMATS, TEXT_FORMATS } from '../../core/domain/flow/source.ts';
import {
  ALSO_ACCEPTED_KEYWORD,
  discriminatorOf,
  inputObject,
  integer,
  listOf,
  mapOf,
  matchingText,
  namedInputVariants,
  oneOf,
  orDefault,
  positiveNumber,
  text,
  textOrEmpty,
  withKeywords,
} from '../http/input-schemas.ts';
import { lazy } from '../http/route.ts';
import { csvOptions, delimiter } from './csv-options-request.ts';
import { expression, json, path, request, tappableOperator } from './flow-operator-request.ts';
import { afterwards, objectDelta } from './object-delta-request.ts';

const QUEUE = /^[A-Za-z0-9_-]{1,39}$/;
const QUERY_PARAMETER = /^[\x21-\x7e]{1,64}$/;

const MAX_PAGE_RECORDS = 10_000;
const DEFAULT_PAGE_RECORDS = 100;
/** 30 days. */
const MAX_OVERLAP_SECONDS = 30 * 86_400;
const MAX_UINT32 = 2 ** 32 - 1;

const parameter = () => matchingText(QUERY_PARAMETER, '1–64 printable ASCII characters without spaces');
const pageRecords = () => integer(1, MAX_PAGE_RECORDS);

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

export const source = lazy(() =>
  namedInputVariants('Source', [
    inputObject({
      ...tappableOperator(),
      type: z.literal('http'),
      ...request(),
      body: orDefault(mapOf(json()), undefined),
      records: orDefault(path(), null),
      format: orDefault(oneOf(TEXT_FORMATS), undefined),
      csv: orDefault(csvOptions(), undefined),
      paging: orDefault(paging(), { type: 'none' }),
      endStatuses: orDefault(listOf(integer(400, 499), 20, 1), undefined),
      endWhen: orDefault(expression(), undefined),
      delta: orDefault(delta(), undefined),
    }),
    inputObject({
      ...tappableOperator(),
      type: z.literal('s3'),
      prefix: textOrEmpty(512),
      delta: orDefault(objectDelta(), undefined),
      afterwards: orDefault(afterwards(), undefined),
      format: orDefault(oneOf(FORMATS), 'ndjson'),
      records: orDefault(path(), undefined),
      compression: orDefault(oneOf(COMPRESSIONS), undefined),
      delimiter: orDefault(delimiter(), undefined),
      csv: orDefault(csvOptions(), undefined),
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
