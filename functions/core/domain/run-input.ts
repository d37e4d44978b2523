import { createHash } from 'node:crypto';
import { rolesFor } from './access.ts';
import { InvalidInput, JobdeckError } from './errors.ts';
import type { ErrorSelection } from './flow/error-work.ts';
import type { ExecutableTarget, Target } from './job.ts';
import { type Json, sortNames } from './json.ts';
import type { RunDelay } from './run-delay.ts';
import type { Priority } from './run-priority.ts';
import { validateScriptArguments } from './script-arguments.ts';
import { parseScriptName } from './script-name.ts';
import { secretNamesIn } from './secret.ts';
import { validateContainerPayload } from './targets/container-target.ts';
import { findRunFieldFault } from './targets/run-metadata.ts';
import { findInputFault, MAX_INPUT_BYTES } from './targets/state-machine-target.ts';

/** The input of one run, beside the definition of its job. An absent field leaves the job's own value. */
export interface RunInput {
  /**
   * Given to the script, sent as the body of an `http` job or to the target that the job names, or bound to `$payload` in
   * the expressions of a flow.
   */
  readonly payload?: Json;
  /** Replaces the arguments of a script job. */
  readonly args?: readonly string[];
  /** Added to the variables of a script job; a variable of the same name is replaced. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Whether `env` may refer to secrets, and stand beside variables that do. A script may send a secret to the address in
   * another variable: only a caller who may define the job may set both.
   */
  readonly mayMeetSecrets?: boolean;
  /** Set for a run of a flow that retries errors: selects them, with the number that the request has counted. */
  readonly errors?: ErrorSelection & { readonly matched: number; readonly more: boolean };
}

/** The options of a trigger for its run. */
export interface RunOptions {
  /** Null for a run that has its job's definition only. */
  readonly input: RunInput | null;
  /** At most 20, each once. */
  readonly tags: readonly string[];
  readonly note: string | null;
  /** @defaultValue the priority of the job */
  readonly priority?: Priority;
  /** Seconds after which the run is canceled if it has not started. @defaultValue those of the job */
  readonly expiresInSeconds?: number;
}

/** The options and the start that a trigger requests for its run. */
export interface TriggerRequest extends RunOptions {
  /** Start of the run. @defaultValue at once */
  readonly delay?: RunDelay | null;
  /**
   * A repeat with the same key may have another content: senders of webhooks repeat an event with changed details.
   *
   * @defaultValue false
   */
  readonly mayDiffer?: boolean;
}

export const NO_OPTIONS: RunOptions = { input: null, tags: [], note: null };

/** Maximum size of a payload as JSON, in bytes (UTF-8). */
export const MAX_PAYLOAD_BYTES = 256 * 1024;
/** Maximum depth of a payload: a list or object in a payload's top level has depth 2. */
export const MAX_PAYLOAD_DEPTH = 100;
/** Maximum size of the arguments and variables of an input as JSON, in bytes: that of a whole definition. */
const MAX_ARGUMENTS_BYTES = 32 * 1024;

/** Explains {@link meetsSecrets}. */
export const SECRETS_MESSAGE = `env: needs one of the roles ${rolesFor('define').join(', ')}, because a variable refers to a secret`;

export interface InputContext {
  /** Scripts that receive credentials of AWS. */
  readonly scriptsWithRole: readonly string[];
}

/** Returns whether variables of an input would meet secrets although they may not. */
export function meetsSecrets({ env, mayMeetSecrets = false }: RunInput, target: Target): boolean {
  if (env === undefined || target.type !== 'script') return false;
  // Including the variables that the input replaces: the script may keep what it obtained with a secret.
  const values = [target.env, env].flatMap((variables) => Object.values(variables));
  return /* guard: run.input.secrets */ !mayMeetSecrets && values.some((value) => secretNamesIn(value).length > 0);
}

/**
 * Validates the input of a run against the job's target. Errors name fields as requests do.
 *
 * @throws InvalidInput
 * @throws JobdeckError `payload.too_large`, `input.secrets` (forbidden)
 */
export function validateRunInput(input: RunInput, target: Target, context: InputContext): void {
  const { payload, args, env } = input;
  if (payload !== undefined) validatePayload(payload, target);
  if (args === undefined && env === undefined) return;
  if (target.type !== 'script') {
    throw new InvalidInput(args ? 'args' : 'env', `must be absent: the job's type is ${target.type}`);
  }
  const merged = { args: args ?? [], env: { ...target.env, ...env } };
  validateScriptArguments(parseScriptName(target.script), merged, context.scriptsWithRole);
  if (meetsSecrets(input, target)) throw new JobdeckError('forbidden', 'input.secrets', SECRETS_MESSAGE);
  const bytes = Buffer.byteLength(JSON.stringify({ args, env }));
  if (bytes > MAX_ARGUMENTS_BYTES) {
    throw new InvalidInput('args', `must have at most ${MAX_ARGUMENTS_BYTES} bytes as JSON, with env, got ${bytes}`);
  }
}

function validatePayload(payload: Json, target: Target): void {
  // Before the size, because JSON.stringify fails on extreme depths.
  if (isDeeper(payload, MAX_PAYLOAD_DEPTH)) {
    throw new InvalidInput('payload', `must be nested at most ${MAX_PAYLOAD_DEPTH} levels deep`);
  }
  const bytes = Buffer.byteLength(JSON.stringify(payload));
  if (bytes > MAX_PAYLOAD_BYTES) {
    const message = `payload: must have at most ${MAX_PAYLOAD_BYTES} bytes as JSON, got ${bytes}`;
    throw new JobdeckError('too_large', 'payload.too_large', message);
  }
  validateForTarget(payload, bytes, target);
}

function validateForTarget(payload: Json, bytes: number, target: Target): void {
  if (target.type === 'lambda') {
    const fault = findRunFieldFault(payload);
    if (fault !== undefined) throw new InvalidInput('payload', fault);
  }
  if (target.type === 'stateMachine') {
    const fault = findInputFault(payload);
    if (fault !== undefined) throw new InvalidInput('payload', fault);
    if (bytes > MAX_INPUT_BYTES) {
      throw new InvalidInput(
        'payload',
        `must have at most ${MAX_INPUT_BYTES} bytes as JSON for a state machine, got ${bytes}`,
      );
    }
  }
  if (target.type === 'container') validateContainerPayload(payload, target);
  if (target.type !== 'http') return;
  if (target.body !== null) throw new InvalidInput('payload', 'must be absent: the job has a body, http.body');
  if (target.method === 'GET') {
    throw new InvalidInput('payload', 'must be absent: it would be the body of a request, and http.method is GET');
  }
}

function isDeeper(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value as { readonly [name: string]: Json }).some((part) => isDeeper(part, levels - 1));
}

/** @returns `false` for an `http` job that has a body, or sends none */
export const takesPayload = (target: Target): boolean =>
  target.type !== 'http' || (target.body === null && target.method !== 'GET');

/**
 * Returns the payload that a run gets: that of its input, or the default of its job, which for an `http` job is a body of
 * JSON.
 */
export function payloadOf(target: Target, input: RunInput | null): Json | undefined {
  if (target.type === 'http') return takesPayload(target) ? input?.payload : parseBody(target.body);
  const byDefault = target.type === 'script' || target.type === 'flow' ? undefined : target.payload;
  return input?.payload ?? byDefault ?? undefined;
}

/** @returns `undefined` for a body that is no JSON */
function parseBody(body: string | null): Json | undefined {
  try {
    return body === null ? undefined : (JSON.parse(body) as Json);
  } catch {
    return undefined;
  }
}

/** Returns the target of one run: that of its job, changed by the input. */
export function applyInput<T extends ExecutableTarget>(target: T, { payload, args, env }: RunInput): T {
  if (target.type === 'script') {
    return { ...target, args: args ?? target.args, env: { ...target.env, ...env } };
  }
  if (payload === undefined) return target;
  if (target.type !== 'http') return { ...target, payload };
  // The job may have been changed since the input was validated.
  return takesPayload(target) ? { ...target, body: JSON.stringify(payload) } : target;
}

/**
 * Returns a hash of the options and the requested start, by which a repeated request is distinguished from another one with the same idempotency
 * key.
 *
 * @returns `undefined` for a request without options
 */
export function hashRunOptions(options: RunOptions, delay: RunDelay | null = null): string | undefined {
  const { input, tags, note, priority, expiresInSeconds } = options;
  const others = {
    ...(delay && { delay }),
    ...(priority && { priority }),
    ...(expiresInSeconds && { expiresInSeconds }),
  };
  if (input === null && tags.length === 0 && note === null && Object.keys(others).length === 0) return undefined;
  // The right of the caller is no part of the request.
  const { mayMeetSecrets: _, ...given } = input ?? {};
  const content = { tags, note, input: input && given, ...others };
  return createHash('sha256').update(JSON.stringify(content, sortNames)).digest('base64url');
}
