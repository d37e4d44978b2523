import type { ErrorPayload } from './errors.ts';

/** What a new execution environment is told. */
export interface BootData {
  /** Absolute path of the ES module that exports the handler. */
  readonly bundle: string;
  readonly handlerExport: string;
  readonly clock: SharedArrayBuffer;
  /** Folder of V8's compile cache. */
  readonly compileCache?: string;
}

/** Host → runtime: one event. */
export interface InvokeMessage {
  readonly requestId: string;
  /** JSON. */
  readonly event: string;
  /** For `_X_AMZN_TRACE_ID`. */
  readonly trace: string;
  /** Real epoch milliseconds at which the function is stopped. */
  readonly deadline: number;
  readonly functionArn: string;
}

/** Host → runtime, when it is idle: end yourself. */
export const RETIRE = 'retire';

/** Runtime → host. */
export type RuntimeMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'init-error'; readonly error: ErrorPayload }
  /** `result` is JSON. */
  | { readonly type: 'result'; readonly requestId: string; readonly result: string }
  | { readonly type: 'error'; readonly requestId: string; readonly error: ErrorPayload };
