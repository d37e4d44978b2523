import type { ErrorPayload } from './errors.ts';

/** Initial data of an execution environment. */
export interface BootData {
  /** Absolute path of the ES module that exports the handler. */
  readonly bundle: string;
  readonly handlerExport: string;
  readonly clock: SharedArrayBuffer;
  /** Folder of V8's compile cache. */
  readonly compileCache?: string;
}

/** Host → runtime: invoke the handler with an event. */
export interface InvokeMessage {
  readonly requestId: string;
  /** JSON. */
  readonly event: string;
  /** Value of `_X_AMZN_TRACE_ID`. */
  readonly trace: string;
  /** Real epoch milliseconds of the function timeout. */
  readonly deadline: number;
  readonly functionArn: string;
}

/** Host → runtime: end the idle thread. */
export const RETIRE = 'retire';

/** Runtime → host. */
export type RuntimeMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'init-error'; readonly error: ErrorPayload }
  /** `result` is JSON. */
  | { readonly type: 'result'; readonly requestId: string; readonly result: string }
  | { readonly type: 'error'; readonly requestId: string; readonly error: ErrorPayload };
