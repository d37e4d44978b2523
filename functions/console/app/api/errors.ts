/** An answer that is not the one that was hoped for. */
export class ApiError extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** No answer came: the network, or the platform, is away. */
export class NetworkError extends Error {
  override readonly name = 'Unreachable';
}

/** What an answer says was wrong: each surface has its own shape for it. */
export function apiErrorMessage(status: number, body: unknown): string {
  const { message, error, errors } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const said = [message, error, (error as { message?: unknown } | undefined)?.message, firstMessage(errors)];
  const text = said.find((one) => typeof one === 'string' && one !== '');
  return typeof text === 'string' ? text : `The API answered ${status}`;
}

const firstMessage = (errors: unknown): unknown =>
  Array.isArray(errors) ? (errors[0] as { message?: unknown } | undefined)?.message : undefined;

/** What to show of anything that was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
