/** An error as the Invoke API of Lambda returns it. */
export interface ErrorPayload {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

/**
 * A failed invocation: the handler threw, timed out (`Sandbox.Timedout`), its environment ended (`Runtime.ExitError`),
 * its bundle could not be loaded, or its result is too large.
 */
export class FunctionError extends Error {
  /** Name of the thrown error, or one of Lambda's own (`Runtime.*`, `Sandbox.*`). */
  readonly errorType: string;
  /** Lines of the stack trace in the function. */
  readonly trace: readonly string[];

  constructor({ errorType, errorMessage, trace }: ErrorPayload) {
    super(errorMessage);
    this.name = 'FunctionError';
    this.errorType = errorType;
    this.trace = trace;
  }

  /** The error as Lambda returns it and as destinations receive it. */
  get payload(): ErrorPayload {
    return { errorType: this.errorType, errorMessage: this.message, trace: this.trace };
  }
}

export type RefusalCode =
  /** No concurrency is available (429 on AWS). */
  | 'TooManyRequestsException'
  /** The event exceeds Lambda's size limit (413 on AWS). */
  | 'RequestTooLargeException'
  /** Recursive loop detection stopped the function. */
  | 'RecursiveInvocationException'
  /** The caller gave up before the event reached an environment. AWS has no such code. */
  | 'InvocationWithdrawn'
  /** The local system is stopping. */
  | 'ServiceException';

/** Lambda rejected the invocation; the function did not run. */
export class InvocationRefused extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.name = 'InvocationRefused';
    this.code = code;
  }
}
