import * as z from 'zod';
import { inputObject, namedInputVariants } from '../http/input-schemas.ts';
import { lazy } from '../http/route.ts';
import { expression, tappableOperator } from './flow-operator-request.ts';

export const transform = lazy(() =>
  namedInputVariants('Transform', [
    inputObject({ ...tappableOperator(), type: z.literal('filter'), where: expression() }),
    inputObject({ ...tappableOperator(), type: z.literal('map'), to: expression() }),
    inputObject({ ...tappableOperator(), type: z.literal('flatMap'), to: expression() }),
  ]),
);
