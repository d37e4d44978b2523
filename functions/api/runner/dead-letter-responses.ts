import * as z from 'zod';
import { DEAD_LETTER_KINDS } from '../../core/domain/dead-letter.ts';
import { namedSchema, nonNegativeInteger, timestamp } from '../openapi/operation-doc.ts';
import type { toDeadLetterView } from './dead-letters.ts';

/** Response schemas of dead letters. */

const text = z.string();

const deadLetterFields = {
  id: text,
  kind: z.enum(DEAD_LETTER_KINDS),
  sent_at: timestamp(),
  given_up_at: timestamp(),
  cause: text,
  job_id: text,
  run_id: text,
  scheduled_at: timestamp().nullable(),
  task: nonNegativeInteger().nullable(),
  delivery_id: text.nullable(),
} satisfies Record<keyof ReturnType<typeof toDeadLetterView>, z.ZodType>;

export const deadLetters = z.object({
  dead_letters: z.array(namedSchema('RunnerDeadLetter', z.object(deadLetterFields))),
});

export const deadLetter = z.object({
  dead_letter: namedSchema('RunnerDeadLetterNow', z.object({ ...deadLetterFields, state: text.nullable() })),
});

export const replayResult = z.object({
  matched: nonNegativeInteger(),
  replayed: z.array(z.object({ id: text, new_run_id: text.nullable(), delivery: text.nullable() })),
  skipped: z.array(z.object({ id: text, reason: text })),
  left: nonNegativeInteger(),
  dry_run: z.boolean(),
});
