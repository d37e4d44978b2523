export type SchedulerErrorCode = 'ValidationException' | 'ConflictException' | 'ResourceNotFoundException';

/** An error response of EventBridge Scheduler. */
export class SchedulerError extends Error {
  readonly code: SchedulerErrorCode;

  constructor(code: SchedulerErrorCode, message: string) {
    super(message);
    this.name = code;
    this.code = code;
  }

  get status(): number {
    return { ValidationException: 400, ConflictException: 409, ResourceNotFoundException: 404 }[this.code];
  }
}

export function validationError(message: string): SchedulerError {
  return new SchedulerError('ValidationException', message);
}
