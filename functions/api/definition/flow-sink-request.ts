import * as z from 'zod';
import { type Column, MAX_COLUMNS } from '../../core/domain/flow/column.ts';
import { SINK_FORMATS } from '../../core/domain/flow/sink.ts';
import { COMPRESSIONS } from '../../core/domain/flow/source.ts';
import {
  flag,
  inputObject,
  integer,
  listOf,
  namedInputVariants,
  oneOf,
  orDefault,
  text,
} from '../http/input-schemas.ts';
import { lazy } from '../http/route.ts';
import { sinkCsvOptions } from './csv-options-request.ts';
import { collection, expression, operator, request, tappableOperator } from './flow-operator-request.ts';

/** The request schema of `Column`. */
const column = lazy(() =>
  inputObject({
    name: text(256),
    type: text(32),
    required: orDefault(flag(), undefined),
  }).transform(({ required, ...column }): Column => ({ ...column, ...(required && { required }) })),
);

export const sink = lazy(() =>
  namedInputVariants('Sink', [
    inputObject({
      ...tappableOperator(),
      type: z.literal('http'),
      ...request(),
      method: orDefault(oneOf(['POST', 'PUT', 'PATCH']), 'POST'),
      mode: orDefault(oneOf(['batch', 'single']), 'batch'),
      format: orDefault(oneOf(['json', 'ndjson']), undefined),
      concurrency: orDefault(integer(1, 16), 4),
      responseMap: orDefault(expression(), undefined),
    }),
    inputObject({
      ...tappableOperator(),
      type: z.literal('s3'),
      key: text(512),
      format: orDefault(oneOf(SINK_FORMATS), 'ndjson'),
      compression: orDefault(oneOf(COMPRESSIONS), undefined),
      csv: orDefault(sinkCsvOptions(), undefined),
      columns: orDefault(listOf(column(), MAX_COLUMNS, 1), undefined),
    }),
    inputObject({
      ...tappableOperator(),
      type: z.literal('dynamodb'),
      collection: collection(),
      key: orDefault(expression(), null),
    }),
    inputObject({ ...operator(), type: z.literal('preview') }),
  ]),
);
