import type { Json } from '../json.ts';
import { findRunFieldFault } from './run-metadata.ts';

/** An execution of a state machine of Step Functions. */
export interface StateMachineTarget {
  readonly type: 'stateMachine';
  /** Name of the declared state machine. */
  readonly target: string;
  /** Payload of runs without one of their own: an object, the input of the execution; null for none. */
  readonly payload: Json | null;
}

/** A standard state machine of Step Functions that jobs may execute. */
export interface DeclaredStateMachine {
  readonly type: 'stateMachine';
  readonly tenants?: readonly string[];
  /** ARN of the state machine. */
  readonly stateMachine: string;
  /** URL of Step Functions on one machine. */
  readonly endpoint?: string;
}

/** Maximum bytes of a payload: an input has at most 256 KiB, of which the field of the run takes up to 512 bytes. */
export const MAX_INPUT_BYTES = 256 * 1024 - 512;

/** @returns the rule that a payload violates as the input of an execution, to follow its name; `undefined` if it is valid */
export function findInputFault(payload: Json): string | undefined {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    return `must be an object, because it is the input of a state machine, got ${typeOf(payload)}`;
  }
  return findRunFieldFault(payload);
}

const typeOf = (payload: Json): string =>
  payload === null ? 'null' : Array.isArray(payload) ? 'an array' : `a ${typeof payload}`;
