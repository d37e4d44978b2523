import type {
  ExecutionEnd,
  ExecutionOrigin,
  ExecutionRequest,
  ExecutionService,
  ExecutionStart,
} from '../../../functions/core/executors/external/execution-service.ts';

/** An execution of the service in memory. */
interface MemoryExecution {
  readonly token: string;
  readonly origin: ExecutionOrigin;
  readonly request: ExecutionRequest;
  end: ExecutionEnd | undefined;
}

/** A service in memory that executes runs. */
export interface MemoryExecutions extends ExecutionService {
  /** Executions by reference. */
  readonly executions: Map<string, MemoryExecution>;
  /** Requested stops, in order. */
  readonly stops: { readonly reference: string; readonly reason: string }[];
  /** Errors of the next calls, in order: `after` fails a call that has taken effect. */
  readonly faults: { readonly method: 'start' | 'find' | 'describe' | 'stop'; readonly after?: boolean }[];
  /** The next starts are refused for these reasons. */
  readonly refusals: Extract<ExecutionStart, { readonly refused: string }>[];
  /** Executions end at once when they are stopped. @defaultValue true */
  stopsAtOnce: boolean;
  /** Logs of ended executions, by their reference. */
  readonly logs: Map<string, string>;
  /** Called before each call takes effect. */
  before: (method: string) => Promise<void>;
  /** Ends an execution. */
  end(reference: string, end?: Partial<ExecutionEnd>): void;
  /** Forgets an execution. */
  forget(reference: string): void;
  /** Returns the reference of the only execution. */
  only(): string;
}

/** @param now epoch milliseconds */
export function memoryExecutions(now: () => number): MemoryExecutions {
  const executions: MemoryExecutions['executions'] = new Map();
  const stops: MemoryExecutions['stops'] = [];
  const faults: MemoryExecutions['faults'] = [];
  const refusals: MemoryExecutions['refusals'] = [];
  const call = async <Result>(
    method: 'start' | 'find' | 'describe' | 'stop',
    effect: () => Result,
  ): Promise<Result> => {
    await service.before(method);
    const at = faults.findIndex((fault) => fault.method === method);
    const [fault] = at < 0 ? [] : faults.splice(at, 1);
    const unavailable = () => new Error(`${method}: service unavailable`);
    if (fault && !fault.after) throw unavailable();
    const result = effect();
    if (fault) throw unavailable();
    return result;
  };
  const findByToken = (token: string) => [...executions].find(([, execution]) => execution.token === token)?.[0];
  const service: MemoryExecutions = {
    executions,
    stops,
    faults,
    refusals,
    stopsAtOnce: true,
    logs: new Map(),
    before: async () => {},
    start: (request) =>
      call('start', () => {
        const refusal = refusals.shift();
        if (refusal) return refusal;
        const existing = findByToken(request.token);
        if (existing) return { reference: existing };
        const { token, tenant, runId, attempt } = request;
        const reference = `arn:aws:states:eu-central-1:1:execution:flow:${token}`;
        executions.set(reference, { token, request, origin: { tenant, runId, attempt }, end: undefined });
        return { reference };
      }),
    find: (_, token) => call('find', () => findByToken(token)),
    describe: (reference) =>
      call('describe', () => {
        const execution = executions.get(reference);
        if (!execution) return { status: 'unknown' };
        return execution.end ?? { status: 'active', origin: execution.origin };
      }),
    // The tests pass the end itself as the event.
    readEvent: async (event) => event as ExecutionEnd | undefined,
    readLog: async (reference) => service.logs.get(reference) ?? '',
    stop: (reference, reason) =>
      call('stop', () => {
        stops.push({ reference, reason });
        const execution = executions.get(reference);
        if (execution && !execution.end && service.stopsAtOnce) {
          service.end(reference, { result: 'stopped', message: `stopped: ${reason}` });
        }
      }),
    end(reference, end = {}) {
      const execution = executions.get(reference);
      if (!execution) throw new Error(`there is no execution ${reference}`);
      const result = end.result ?? 'ok';
      execution.end = {
        status: 'ended',
        result,
        endedAt: now(),
        exitCode: null,
        message: result === 'ok' ? null : `the execution ended: ${result}`,
        output: '',
        meta: null,
        origin: execution.origin,
        ...end,
      };
    },
    forget: (reference) => void executions.delete(reference),
    only() {
      const [reference, ...others] = executions.keys();
      if (reference === undefined || others.length > 0) throw new Error(`there are ${executions.size} executions`);
      return reference;
    },
  };
  return service;
}
