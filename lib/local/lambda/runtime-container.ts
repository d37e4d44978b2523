import { siblingModule } from '../../sibling-module.ts';
import type { Clock } from '../support/clock.ts';
import type { BootData, HostMessage, RuntimeMessage } from './protocol.ts';

export interface RuntimeOptions {
  readonly boot: BootData;
  /** Clock of the runtime's `Date`. */
  readonly clock: Clock;
  /** The complete `process.env` of the runtime. */
  readonly env: Readonly<Record<string, string>>;
  readonly memoryMb: number;
}

/** Events of a runtime. */
export interface RuntimeEvents {
  readonly onMessage: (message: RuntimeMessage) => void;
  /** Called with each line of output, and before the result of the invocation that wrote the line. */
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Called with an uncaught error, before `onExit`. */
  readonly onError: (error: unknown) => void;
  /** Called once when the runtime has ended, with the reason in Lambda's words. */
  readonly onExit: (reason: string) => void;
}

/** A thread or process that runs `runtime.ts`. */
export interface RuntimeContainer {
  send(message: HostMessage): void;
  /** Ends the runtime immediately. */
  terminate(): void;
}

export type StartRuntime = (options: RuntimeOptions, events: RuntimeEvents) => RuntimeContainer;

/** URL of the runtime's entry point. */
const RUNTIME = siblingModule('runtime', import.meta.url).href;

/**
 * Returns CommonJS code that starts the runtime. The compile cache must be enabled before the runtime's TypeScript is
 * loaded; without the cache each start takes 50 % longer.
 *
 * @param boot expression that evaluates to the `BootData`
 */
export const bootstrapCode = (boot: string): string => `
  const { enableCompileCache } = require('node:module');
  enableCompileCache((${boot}).compileCache);
  import(${JSON.stringify(RUNTIME)});
`;

/** Returns the heap limit in MB from the function's `NODE_OPTIONS`, else its memory size. */
export function heapLimitMb({ env: { NODE_OPTIONS = '' }, memoryMb }: RuntimeOptions): number {
  const [, megabytes] = /--max-old-space-size=(\d+)/.exec(NODE_OPTIONS) ?? [];
  return megabytes === undefined ? memoryMb : Number(megabytes);
}

/** Describes the end of a runtime as Lambda does. */
export const exitReason = (code: number | null): string =>
  code === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with status ${code}`;
