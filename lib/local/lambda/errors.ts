/** What a function's failure looks like on the wire of Lambda's Invoke. */
export interface ErrorPayload {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

/**
 * The function was invoked and failed: it threw, timed out (`Sandbox.Timedout`), its environment died
 * (`Runtime.ExitError`), its bundle does not load, or its answer is too large.
 */
export class FunctionError extends Error {
  /** Name of the error that was thrown, or one of Lambda's own (`Runtime.*`, `Sandbox.*`). */
  readonly errorType: string;
  /** The function's stack, line by line. */
  readonly trace: readonly string[];

  constructor({ errorType, errorMessage, trace }: ErrorPayload) {
    super(errorMessage);
    this.name = 'FunctionError';
    this.errorType = errorType;
    this.trace = trace;
  }

  /** As Lambda answers it, and as destinations receive it. */
  get payload(): ErrorPayload {
    return { errorType: this.errorType, errorMessage: this.message, trace: this.trace };
  }
}

export type RefusalCode =
  /** No concurrency left (429 on AWS). */
  | 'TooManyRequestsException'
  /** The event is over Lambda's limit (413 on AWS). */
  | 'RequestTooLargeException'
  /** The function is feeding itself. */
  | 'RecursiveInvocationException'
  /** The caller gave up before the event reached an environment; no code of AWS. */
  | 'InvocationWithdrawn'
  /** The local system is stopping. */
  | 'ServiceException';

/** Lambda did not invoke the function at all. */
export class InvocationRefused extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.name = 'InvocationRefused';
    this.code = code;
  }
}
