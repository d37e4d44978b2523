/** The category of an error. Each surface maps it to a status code and an error body of its contract. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  /** The path does not support the method. */
  | 'method'
  | 'conflict'
  /** The precondition named by the request (`If-Match`) does not hold. */
  | 'precondition'
  | 'unprocessable'
  | 'too_large'
  /** The content type or encoding of the body is not supported. */
  | 'unsupported_type'
  | 'limited'
  /** A dependency is temporarily unavailable. */
  | 'unavailable';

/**
 * The base of all errors that are shown to clients. The message names the field, the rule and the received value; the
 * code is stable (`run.not_found`). Any other thrown value is internal and never shown.
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

/** Invalid input. `field` is the path of the rejected value, named as in the request. */
export class InvalidInput extends JobdeckError {
  readonly field: string;

  constructor(field: string, message: string, options?: { cause?: unknown }) {
    super('invalid', 'input.invalid', `${field}: ${message}`, options);
    this.name = 'InvalidInput';
    this.field = field;
  }
}
