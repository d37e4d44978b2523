import { CONTAINER } from './container.ts';
import { EVENT } from './event.ts';
import { HTTP } from './http.ts';
import type { JobKind } from './job-kind.ts';
import { LAMBDA } from './lambda.ts';
import { QUEUE } from './queue.ts';
import { SCRIPT } from './script.ts';
import { STATE_MACHINE } from './state-machine.ts';

/** The types of jobs that the form creates and edits, in the order of the form. */
export const JOB_KINDS: readonly [JobKind, ...JobKind[]] = [
  SCRIPT,
  HTTP,
  LAMBDA,
  EVENT,
  QUEUE,
  CONTAINER,
  STATE_MACHINE,
];

/** @returns the type of jobs, or `undefined` if the form does not have it */
export const findKind = (type: string | undefined): JobKind | undefined => JOB_KINDS.find((kind) => kind.type === type);
