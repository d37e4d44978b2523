/** Timeouts of the requests of an AWS client. */
export interface RequestTimeouts {
  readonly connectionTimeout: number;
  readonly requestTimeout: number;
  readonly throwOnRequestTimeout: true;
}

/**
 * Returns the options of a request handler that ends requests without an answer. By default the handler logs a warning and
 * goes on waiting.
 *
 * @param connectionMs maximum milliseconds for a connection
 *
 * @param answerMs maximum milliseconds for an answer
 */
export const requestTimeouts = (connectionMs: number, answerMs: number): RequestTimeouts => ({
  connectionTimeout: connectionMs,
  requestTimeout: answerMs,
  throwOnRequestTimeout: true,
});
