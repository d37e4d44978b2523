/** An unsuccessful response of the API. */
export class ApiError extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** No response was received: the network or the API is unavailable. */
export class NetworkError extends Error {
  override readonly name = 'Unreachable';
}

/** Returns the error message in a response body. Each API has its own error format. */
export function apiErrorMessage(status: number, body: unknown): string {
  const { message, error, errors } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const said = [message, error, (error as { message?: unknown } | undefined)?.message, firstMessage(errors)];
  const text = said.find((one) => typeof one === 'string' && one !== '');
  return typeof text === 'string' ? text : `The API returned HTTP ${status}`;
}

const firstMessage = (errors: unknown): unknown =>
  Array.isArray(errors) ? (errors[0] as { message?: unknown } | undefined)?.message : undefined;

/** Returns the message to show for any thrown value. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
