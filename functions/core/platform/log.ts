import { Logger } from '@aws-lambda-powertools/logger';

/** One JSON object a line. Never a token, a key, a secret or a record's body: log ids and counts. */
export interface Log {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

export function createLog(): Log {
  const logger = new Logger({ serviceName: 'jobdeck' });
  return {
    info: (message, fields) => logger.info(message, { ...fields }),
    warn: (message, fields) => logger.warn(message, { ...fields }),
    error: (message, fields) => logger.error(message, { ...fields }),
  };
}
