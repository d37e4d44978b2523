import type * as z from 'zod';
import type {
  containerJob,
  eventJob,
  flowJob,
  httpJob,
  lambdaJob,
  queueJob,
  scriptJob,
  stateMachineJob,
} from '../../functions/api/definition/job-request.ts';
import type { ScriptInput } from '../../functions/scripts/lib/define-script.ts';
import type { CalendarDefinition } from './define-calendar.ts';
import type { HookDefinition } from './define-hook.ts';

/** The API derives the type of a job from its other fields. */
type WithOptionalType<Job extends { readonly type: unknown }> = Omit<Job, 'type'> & Partial<Pick<Job, 'type'>>;

/** A script job as the API receives it. */
export type ScriptJobInput = WithOptionalType<z.input<ReturnType<typeof scriptJob>>>;
/** An `http` job as the API receives it. */
export type HttpJobInput = WithOptionalType<z.input<ReturnType<typeof httpJob>>>;
/** A flow job as the API receives it. */
export type FlowJobInput = WithOptionalType<z.input<ReturnType<typeof flowJob>>>;
/** A `lambda` job as the API receives it. */
export type LambdaJobInput = WithOptionalType<z.input<ReturnType<typeof lambdaJob>>>;
/** An `event` job as the API receives it. */
export type EventJobInput = WithOptionalType<z.input<ReturnType<typeof eventJob>>>;
/** A `queue` job as the API receives it. */
export type QueueJobInput = WithOptionalType<z.input<ReturnType<typeof queueJob>>>;
/** A `container` job as the API receives it. */
export type ContainerJobInput = WithOptionalType<z.input<ReturnType<typeof containerJob>>>;
/** A `stateMachine` job as the API receives it. */
export type StateMachineJobInput = WithOptionalType<z.input<ReturnType<typeof stateMachineJob>>>;
/** A job that names a declared target, as the API receives it. */
export type NamedJobInput = LambdaJobInput | EventJobInput | QueueJobInput | ContainerJobInput | StateMachineJobInput;
/** The body of `POST /jobs`. */
export type JobInput = ScriptJobInput | HttpJobInput | FlowJobInput | NamedJobInput;

/** A script of the project, as `defineScript` returns it: what matters to its jobs. */
export interface ScriptWithInput<Input extends ScriptInput> {
  readonly args?: (args: Input) => unknown;
  readonly run: (context: never) => unknown;
}

/** The arguments of a script. They may be absent if the script needs none. */
type Arguments<Input extends ScriptInput> = [] extends Input
  ? { readonly args?: Input | null }
  : { readonly args: Input };

/**
 * A script job of a project: the fields of `POST /jobs`, with the script itself in place of its name. The types of `args`
 * are those of the parameter of the script's `args()`.
 */
export type ScriptJobDefinition<Input extends ScriptInput> = Omit<ScriptJobInput, 'script' | 'args'> & {
  readonly script: ScriptWithInput<Input>;
} & Arguments<NoInfer<Input>>;

/** An `http` job of a project: the fields of `POST /jobs`. */
export type HttpJobDefinition = HttpJobInput;
/** A flow job of a project: the fields of `POST /jobs`, of which `flow` is required. */
export type FlowJobDefinition = FlowJobInput;

/** A job of a project. A script is an object of the project, or the name of a deployed script. */
export type JobDefinition =
  | (Omit<ScriptJobInput, 'script' | 'args'> & {
      readonly script: ScriptWithInput<never> | string;
      readonly args?: ScriptInput | null;
    })
  | HttpJobInput
  | FlowJobInput
  | NamedJobInput;

/** A job, a calendar that jobs name, or a hook that starts runs of a job. */
export type Declaration = JobDefinition | CalendarDefinition | HookDefinition;

/** The default export of a file in `jobs/`: a job, several jobs, or a function that returns those of a tenant. */
export type JobFile = Declaration | readonly Declaration[] | ((tenant: string) => Declaration | readonly Declaration[]);

/**
 * Declares a job that runs a script, sends an HTTP request or names a declared target. A file in `jobs/` exports it as default, or an array of
 * jobs, or a function of the tenant.
 *
 * @example
 * ```ts
 * // jobs/orders.ts
 * import { defineJob } from 'jobdeck';
 * import syncOrders from '../scripts/sync-orders.ts';
 * export default defineJob({ id: 'sync-orders', name: 'Orders', script: syncOrders, args: ['50'], schedule: '0 * * * *' });
 * ```
 */
// The compiler explains the last overload that does not match.
export function defineJob(job: LambdaJobInput): JobDefinition;
export function defineJob(job: EventJobInput): JobDefinition;
export function defineJob(job: QueueJobInput): JobDefinition;
export function defineJob(job: ContainerJobInput): JobDefinition;
export function defineJob(job: StateMachineJobInput): JobDefinition;
export function defineJob(job: HttpJobDefinition): JobDefinition;
export function defineJob(job: ScriptJobInput): JobDefinition;
export function defineJob<Input extends ScriptInput>(job: ScriptJobDefinition<Input>): JobDefinition;
export function defineJob(job: object): JobDefinition {
  return job as JobDefinition;
}

/**
 * Declares a job that moves records from sources through transforms to sinks.
 *
 * @example
 * ```ts
 * import { defineFlow } from 'jobdeck';
 * export default defineFlow({
 *   id: 'orders-to-s3',
 *   name: 'Orders to S3',
 *   schedule: '0 2 * * *',
 *   flow: { sources: [{ type: 's3', prefix: 'in/' }], sinks: [{ type: 's3', key: 'out/{page}.ndjson' }] },
 * });
 * ```
 */
export const defineFlow = (flow: FlowJobDefinition): JobDefinition => flow;
