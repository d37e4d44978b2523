import type { Json } from '../../domain/json.ts';
import type { DeclaredLambda, LambdaTarget } from '../../domain/targets/lambda-target.ts';
import { findRunFieldFault, RUN_FIELD } from '../../domain/targets/run-metadata.ts';
import { truncate } from '../../domain/text.ts';
import type { Execution, Outcome } from '../execution.ts';
import { MAX_META_BYTES } from '../script/protocol.ts';
import { parseArn } from './arn.ts';
import type { Invocation, InvocationResult } from './lambda.ts';
import { type Answer, runCall } from './run-call.ts';
import { toRunMetadata } from './run-metadata.ts';

/** Maximum length of the error of a function in the message of a run. */
const MAX_MESSAGE_LENGTH = 1_000;

/**
 * Invokes the function of a `lambda` job with the payload as its event.
 *
 * `sync`: the result is stdout and, if it is a small object, the meta data of the run; the last 4 KB of the log are stderr. The client context has
 * the run. A timeout or a cancel of the run ends the wait, and the function runs to its own end.
 *
 * `async`: the run ends when Lambda has accepted the event. Lambda passes no client context to asynchronous invocations, so an
 * object receives the run in its field `jobdeck`. A payload with this field is refused in both modes: the job chooses the mode, so the function
 * could not distinguish the run of the platform from one that a tenant names.
 */
export function runLambda(target: LambdaTarget, declared: DeclaredLambda, execution: Execution): Promise<Outcome> {
  return runCall(target.target, execution, async (signal) => {
    const fault = findRunFieldFault(target.payload);
    // A job that was stored before the rule, or whose type was changed since the start of the run.
    if (fault !== undefined) return { stdout: '', failure: { message: `payload: ${fault}`, final: true }, meta: null };
    const { invoke } = await import('./lambda.ts');
    const invocation = target.mode === 'sync' ? synchronous(target, execution) : asynchronous(target, execution);
    const result = await invoke(parseArn(declared.function).region, declared.function, invocation, signal);
    return target.mode === 'sync' ? answerOf(result) : accepted(result);
  });
}

const synchronous = ({ payload }: LambdaTarget, execution: Execution): Invocation => ({
  isAsynchronous: false,
  payload: JSON.stringify(payload ?? {}),
  context: { custom: { [RUN_FIELD]: toRunMetadata(execution) } },
});

function asynchronous({ payload }: LambdaTarget, execution: Execution): Invocation {
  const event = payload ?? {};
  const withRun = isObject(event) ? { ...event, [RUN_FIELD]: toRunMetadata(execution) } : event;
  return { isAsynchronous: true, payload: JSON.stringify(withRun) };
}

const isObject = (value: Json): value is { readonly [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function accepted({ requestId }: InvocationResult): Answer {
  const meta = { request_id: requestId };
  return { stdout: JSON.stringify(meta), meta };
}

function answerOf({ functionError, payload, log, requestId }: InvocationResult): Answer {
  if (functionError === undefined) return { stdout: payload, stderr: log, meta: toMeta(payload) };
  const { errorType = functionError, errorMessage = '' } = parse(payload) as Partial<FunctionErrorPayload>;
  return {
    stdout: payload,
    stderr: log,
    failure: { message: truncate(`${errorType}: ${errorMessage}`, MAX_MESSAGE_LENGTH) },
    meta: { function_error: functionError, request_id: requestId },
  };
}

interface FunctionErrorPayload {
  readonly errorType: string;
  readonly errorMessage: string;
}

/** Returns the result as the meta data of the run, or `null` if it is no object or too large. */
function toMeta(payload: string): Outcome['meta'] {
  return Buffer.byteLength(payload) <= MAX_META_BYTES && payload.startsWith('{') ? parse(payload) : null;
}

/** Returns an empty object for anything but a JSON object. */
function parse(payload: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(payload);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
