import { InvalidInput } from '../../core/domain/errors.ts';

/** The error of a cursor that no response of the surface contained. */
export const invalidCursorError = (): Error =>
  new InvalidInput('cursor', 'must be the `next_cursor` of an earlier response');
