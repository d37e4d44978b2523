import type { Json } from '../json.ts';

/** `sync`: the run ends with the function. `async`: the run ends when Lambda has accepted the event. */
export const LAMBDA_MODES = ['sync', 'async'] as const;

/** An invocation of a Lambda function of the team. */
export interface LambdaTarget {
  readonly type: 'lambda';
  /** Name of the declared function. */
  readonly target: string;
  readonly mode: (typeof LAMBDA_MODES)[number];
  /** Payload of runs without one of their own; null for none. */
  readonly payload: Json | null;
}

/** A Lambda function that jobs may invoke. */
export interface DeclaredLambda {
  readonly type: 'lambda';
  readonly tenants?: readonly string[];
  /** ARN of the function, of a version or of an alias. */
  readonly function: string;
  /** Absolute path of the module with the function in the local system. */
  readonly module?: string;
}
