import type { ExecutionService } from '../../../functions/core/executors/external/execution-service.ts';

const fail = async (): Promise<never> => {
  throw new Error('the test connects no services');
};

/** Services of a test whose runs are executed by workers. */
export const noExecutionService: ExecutionService = {
  start: fail,
  find: fail,
  describe: fail,
  readEvent: fail,
  readLog: fail,
  stop: fail,
};
