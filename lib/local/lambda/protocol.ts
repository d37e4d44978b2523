import type { ErrorPayload } from './errors.ts';

/** Initial data of an execution environment. */
export interface BootData {
  /** Absolute path of the ES module that exports the handler. */
  readonly bundle: string;
  readonly handlerExport: string;
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
  /** JSON. */
  readonly clientContext?: string;
}

/** Host → runtime: end the idle runtime. */
export const RETIRE = 'retire';

/** Host → runtime. */
export type HostMessage = InvokeMessage | typeof RETIRE;

/** Host → runtime in another process: the clock's new offset in milliseconds. */
export interface ClockMessage {
  readonly type: 'clock';
  readonly offset: number;
}

/** Boot data of a runtime in a thread of the host. */
export interface ThreadBootData extends BootData {
  /** Memory of the host's clock. */
  readonly clock: SharedArrayBuffer;
}

/** Boot data of a runtime in another process, which shares no memory with the host. */
export interface ProcessBootData extends BootData {
  /** Milliseconds that the clock is ahead of real time. */
  readonly clockOffset: number;
}

/** Line that a runtime in another process writes to each of its output streams at the end of an invocation. */
export const endOfOutput = '\u0000end of output';

/** Runtime → host. */
export type RuntimeMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'init-error'; readonly error: ErrorPayload }
  /** `result` is JSON. */
  | { readonly type: 'result'; readonly requestId: string; readonly result: string }
  | { readonly type: 'error'; readonly requestId: string; readonly error: ErrorPayload }
  /** An uncaught error in a runtime in another process, which ends. */
  | { readonly type: 'crash'; readonly error: ErrorPayload };
