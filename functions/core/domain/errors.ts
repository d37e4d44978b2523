/** How an error is answered, whatever the surface: each surface maps these kinds to its own wire shape. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  /** The path has no such method. */
  | 'method'
  | 'conflict'
  /** The state that the request names as its precondition is not the current one. */
  | 'precondition'
  | 'unprocessable'
  | 'too_large'
  | 'limited'
  /** Something that an answer needs cannot be reached just now. */
  | 'unavailable';

/**
 * The base of every error that is somebody's to know. Its message says what was wrong, where, and what would be
 * right; its code is stable (`run.not_found`). Anything else that is thrown is internal and never shown.
 */
export class JobdeckError extends Error {
  readonly kind: ErrorKind;
  readonly code: string;

  constructor(kind: ErrorKind, code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'JobdeckError';
    this.kind = kind;
    this.code = code;
  }
}

/** Input that cannot be taken; `field` is where it was wrong, in the words of the request. */
export class InvalidInput extends JobdeckError {
  readonly field: string;

  constructor(field: string, message: string, options?: { cause?: unknown }) {
    super('invalid', 'input.invalid', `${field}: ${message}`, options);
    this.name = 'InvalidInput';
    this.field = field;
  }
}
