import { truncateToBytes } from '../text.ts';
import { ERROR_INPUT_BYTES } from './record-error.ts';

/** Returns the beginning of an input as lists of the errors of a job show it, with an ellipsis if the input is longer. */
export function truncateInput(text: string): string {
  const beginning = truncateToBytes(text, ERROR_INPUT_BYTES);
  return beginning === text ? text : `${beginning}…`;
}
