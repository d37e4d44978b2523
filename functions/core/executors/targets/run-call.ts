import { toTenantText } from '../../domain/service-error-text.ts';
import { TargetUnavailableError } from '../../domain/targets/target-unavailable.ts';
import { isServiceUnavailable } from '../../platform/service-errors.ts';
import type { Execution, Outcome } from '../execution.ts';
import { captureText } from '../output/output.ts';

/** The answer of a service to the call of a run. */
export interface Answer {
  /** stdout of the run. */
  readonly stdout: string;
  /** stderr of the run. @defaultValue the message of the failure */
  readonly stderr?: string;
  /** `undefined` if the call succeeded. */
  readonly failure?: Pick<Outcome, 'message' | 'final'>;
  readonly meta: Outcome['meta'];
}

/**
 * Executes the attempt of a run that is a call of a service: with the timeout of the run, and aborted with it.
 *
 * @param target name of the declared target
 * @param call calls the service. Its exception is the failure of the attempt
 * @throws TargetUnavailableError if the service is throttled, slow or failing now, so that the run is deferred
 */
export async function runCall(
  target: string,
  execution: Execution,
  call: (signal: AbortSignal) => Promise<Answer>,
): Promise<Outcome> {
  const startedAt = performance.now();
  const stop = new AbortController();
  const timeout = setTimeout(() => stop.abort('timeout'), execution.timeoutMs);
  const abort = (): void => stop.abort('aborted');
  execution.signal.addEventListener('abort', abort);
  if (execution.signal.aborted) abort();
  const end = (status: Outcome['status'], { stdout, stderr, failure, meta }: Answer): Outcome => {
    const message = failure?.message ?? null;
    return {
      status,
      exitCode: null,
      message,
      ...(failure?.final && { final: true }),
      stdout: captureText(stdout, execution.redaction),
      stderr: captureText(stderr ?? message ?? '', execution.redaction),
      durationMs: Math.round(performance.now() - startedAt),
      itemsProcessed: 0,
      meta,
    };
  };
  const failed = (status: Outcome['status'], message: string) =>
    end(status, { stdout: '', failure: { message }, meta: null });
  try {
    stop.signal.throwIfAborted();
    const answer = await call(stop.signal);
    return end(answer.failure ? 'error' : 'ok', answer);
  } catch (error) {
    if (stop.signal.reason === 'timeout') {
      return failed('timeout', `timeout: no answer from the target '${target}' within ${execution.timeoutMs} ms`);
    }
    if (stop.signal.aborted) return failed('aborted', 'stopped before its end');
    if (error instanceof TargetUnavailableError) throw error;
    if (isServiceUnavailable(error)) throw new TargetUnavailableError(target, error);
    return failed('error', `target '${target}': ${toTenantText(error)}`);
  } finally {
    clearTimeout(timeout);
    execution.signal.removeEventListener('abort', abort);
  }
}
