import { InvalidInput } from '../errors.ts';

/** Throws what is wrong with a schedule expression. */
export function rejectSchedule(message: string): never {
  throw new InvalidInput('schedule', message);
}
