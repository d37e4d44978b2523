import { InvalidInput } from '../errors.ts';

/** @throws InvalidInput (field `schedule`) */
export function rejectSchedule(message: string): never {
  throw new InvalidInput('schedule', message);
}
