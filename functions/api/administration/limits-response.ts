import * as z from 'zod';
import { LIMIT_NAMES } from '../../core/domain/limits.ts';
import { namedSchema, nonNegativeInteger } from '../openapi/operation-doc.ts';

const values = Object.fromEntries(LIMIT_NAMES.map((name) => [name, nonNegativeInteger()]));

/** Schema of the limits and their use. */
export const limitsResponse = namedSchema(
  'Limits',
  z.object({
    limits: z.object(values),
    own: z.array(z.enum(LIMIT_NAMES)),
    used: z.object({ jobs: nonNegativeInteger(), concurrentRuns: z.int(), storedBytes: z.int() }),
    queue: z.object({
      pendingRuns: z.int(),
      oldestPendingSeconds: nonNegativeInteger().nullable(),
      lateStarts: nonNegativeInteger(),
      lateFinishes: nonNegativeInteger(),
    }),
  }),
);
