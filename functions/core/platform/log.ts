import { Logger } from '@aws-lambda-powertools/logger';

/**
 * A structured log with one JSON object per line. Log ids and counts, never a token, key, secret or body of a record.
 */
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
