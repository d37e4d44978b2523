import * as z from 'zod';
import type { LookupOrigin } from '../../core/domain/flow/lookup.ts';
import { FORMATS } from '../../core/domain/flow/source.ts';
import {
  inputObject,
  listOf,
  matchingText,
  namedInputVariants,
  oneOf,
  orDefault,
  text,
  withParsedSchema,
} from '../http/input-schemas.ts';
import { lazy } from '../http/route.ts';
import { csvOptions } from './csv-options-request.ts';
import {
  collection,
  expression,
  OPERATOR_ID,
  OPERATOR_ID_RULE,
  path,
  request,
  tappableOperator,
} from './flow-operator-request.ts';

const MAX_BRANCHES = 20;
/** Maximum number of sinks of a flow. */
export const MAX_SINKS = 10;

const sinkIds = (min = 0) => listOf(matchingText(OPERATOR_ID, OPERATOR_ID_RULE), MAX_SINKS, min);

const lookupOrigin = lazy(() => {
  const origins = inputObject({
    collection: orDefault(collection(), undefined),
    http: orDefault(inputObject({ ...request(), path: orDefault(path(), undefined) }), undefined),
    s3: orDefault(
      inputObject({
        key: text(512),
        format: orDefault(oneOf(FORMATS), 'ndjson'),
        keyField: path(),
        csv: orDefault(csvOptions(), undefined),
      }),
      undefined,
    ),
  });
  return withParsedSchema(
    origins.transform((from) => from as unknown as LookupOrigin),
    origins,
  );
});

export const transform = lazy(() =>
  namedInputVariants('Transform', [
    inputObject({ ...tappableOperator(), type: z.literal('filter'), where: expression() }),
    inputObject({ ...tappableOperator(), type: z.literal('map'), to: expression() }),
    inputObject({ ...tappableOperator(), type: z.literal('flatMap'), to: expression() }),
    inputObject({
      ...tappableOperator(),
      type: z.literal('lookup'),
      from: lookupOrigin(),
      key: expression(),
      as: text(256),
      onMiss: orDefault(oneOf(['null', 'error', 'drop']), 'null'),
    }),
    inputObject({
      ...tappableOperator(),
      type: z.literal('route'),
      mode: orDefault(oneOf(['first', 'all']), 'first'),
      routes: listOf(inputObject({ when: expression(), to: sinkIds(1) }), MAX_BRANCHES, 1),
      otherwise: orDefault(sinkIds(), []),
    }),
  ]),
);
