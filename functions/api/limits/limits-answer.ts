import * as z from 'zod';
import { LIMIT_NAMES } from '../../core/domain/limits.ts';
import { called, whole } from '../openapi/described.ts';

const values = Object.fromEntries(LIMIT_NAMES.map((name) => [name, whole()]));

/** What `limitsView` gives. */
export const limitsAnswer = called(
  'Limits',
  z.object({
    limits: z.object(values),
    own: z.array(z.enum(LIMIT_NAMES)),
    used: z.object({ jobs: whole(), concurrentRuns: z.int(), storedBytes: z.int() }),
    queue: z.object({
      pendingRuns: z.int(),
      oldestPendingSeconds: whole().nullable(),
      lateStarts: whole(),
      lateFinishes: whole(),
    }),
  }),
);
