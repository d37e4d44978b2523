import * as z from 'zod';
import { inputObject, listOf, matchingText, namedInputVariants, oneOf, orDefault } from '../http/input-schemas.ts';
import { lazy } from '../http/route.ts';
import { expression, OPERATOR_ID, OPERATOR_ID_RULE, tappableOperator } from './flow-operator-request.ts';

const MAX_BRANCHES = 20;
/** Maximum number of sinks of a flow. */
export const MAX_SINKS = 10;

const sinkIds = (min = 0) => listOf(matchingText(OPERATOR_ID, OPERATOR_ID_RULE), MAX_SINKS, min);

export const transform = lazy(() =>
  namedInputVariants('Transform', [
    inputObject({ ...tappableOperator(), type: z.literal('filter'), where: expression() }),
    inputObject({ ...tappableOperator(), type: z.literal('map'), to: expression() }),
    inputObject({ ...tappableOperator(), type: z.literal('flatMap'), to: expression() }),
    inputObject({
      ...tappableOperator(),
      type: z.literal('route'),
      mode: orDefault(oneOf(['first', 'all']), 'first'),
      routes: listOf(inputObject({ when: expression(), to: sinkIds(1) }), MAX_BRANCHES, 1),
      otherwise: orDefault(sinkIds(), []),
    }),
  ]),
);
