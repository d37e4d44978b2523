import { Worker } from 'node:worker_threads';
import { readLines } from './log.ts';
import type { RuntimeMessage, ThreadBootData } from './protocol.ts';
import { bootstrapCode, exitReason, heapLimitMb, type StartRuntime } from './runtime-container.ts';

/** Limits an environment to about 30 MB; V8's default of 60 MB is tuned for throughput. */
const YOUNG_GENERATION_MB = 8;

const ENTRY = bootstrapCode(`require('node:worker_threads').workerData`);

/** Starts a runtime in a worker thread. */
export const startThread: StartRuntime = (options, { onMessage, onLine, onError, onExit }) => {
  const worker = new Worker(ENTRY, {
    eval: true,
    workerData: { ...options.boot, clock: options.clock.buffer } satisfies ThreadBootData,
    env: { ...options.env },
    execArgv: [],
    stdout: true,
    stderr: true,
    // Worker threads ignore V8 flags but have resource limits.
    resourceLimits: {
      maxOldGenerationSizeMb: heapLimitMb(options),
      maxYoungGenerationSizeMb: YOUNG_GENERATION_MB,
    },
  });
  readLines(worker.stdout, (line) => onLine(line, 'stdout'));
  readLines(worker.stderr, (line) => onLine(line, 'stderr'));
  worker.on('message', (message: RuntimeMessage) => onMessage(message));
  worker.on('error', onError);
  worker.once('exit', (code) => onExit(exitReason(code)));
  return {
    send: (message) => worker.postMessage(message),
    terminate: () => void worker.terminate(),
  };
};
