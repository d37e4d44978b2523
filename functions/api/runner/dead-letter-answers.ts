import * as z from 'zod';
import { DEAD_LETTER_KINDS } from '../../core/domain/dead-letter.ts';
import { called, moment, whole } from '../openapi/described.ts';
import type { deadLetterView } from './dead-letters.ts';

/** Shapes of what is answered of dead letters. */

const text = z.string();

const letterFields = {
  id: text,
  kind: z.enum(DEAD_LETTER_KINDS),
  sent_at: moment(),
  given_up_at: moment(),
  cause: text,
  job_id: text,
  run_id: text,
  scheduled_at: moment().nullable(),
  task: whole().nullable(),
  delivery_id: text.nullable(),
} satisfies Record<keyof ReturnType<typeof deadLetterView>, z.ZodType>;

export const deadLetters = z.object({ dead_letters: z.array(called('RunnerDeadLetter', z.object(letterFields))) });

export const deadLetter = z.object({
  dead_letter: called('RunnerDeadLetterNow', z.object({ ...letterFields, state: text.nullable() })),
});

export const replayed = z.object({
  matched: whole(),
  replayed: z.array(z.object({ id: text, new_run_id: text.nullable(), delivery: text.nullable() })),
  skipped: z.array(z.object({ id: text, reason: text })),
  left: whole(),
  dry_run: z.boolean(),
});
