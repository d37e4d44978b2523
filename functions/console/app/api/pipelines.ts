import type { FlowCursorsView } from '../../../api/flows/flow-cursors.ts';
import { type Client, ifMatchHeader, toQueryString } from './client.ts';
import type {
  Checkpoint,
  FlowError,
  FlowLogLine,
  FlowOutput,
  ListResponse,
  OperatorMetrics,
  PipelineJob,
  PipelineMetrics,
  StopMode,
  Validation,
} from './pipeline-types.ts';

type Definition = Readonly<Record<string, unknown>>;

const jobPath = (id: string) => `/api/v1/jobs/${encodeURIComponent(id)}`;
const cursorPath = (flow: string) => `/v1/flows/${encodeURIComponent(flow)}/cursor`;
const pipelinePath = (id: string) => `/api/v1/pipelines/${encodeURIComponent(id)}`;

/** Maximum number of rows in a list on a flow run's page. */
export const MAX_ROWS = 100;

/** Client for the pipelines API: flows and their runs, which the API calls jobs. */
export function createPipelinesApi(client: Client) {
  const list = <Item>(id: string, what: string, query: Parameters<typeof toQueryString>[0], signal?: AbortSignal) =>
    client.call<ListResponse<Item>>('GET', `${jobPath(id)}/${what}${toQueryString({ limit: MAX_ROWS, ...query })}`, {
      signal,
    });
  return {
    job: (id: string, signal?: AbortSignal) => client.call<PipelineJob>('GET', jobPath(id), { signal }),
    metrics: (id: string, signal?: AbortSignal) =>
      client.call<PipelineMetrics>('GET', `${jobPath(id)}/metrics`, { signal }),
    operator: (id: string, operator: string, signal?: AbortSignal) =>
      client.call<OperatorMetrics>('GET', `${jobPath(id)}/operators/${encodeURIComponent(operator)}/metrics`, {
        signal,
      }),

    /** Newest first. */
    checkpoints: (id: string, signal?: AbortSignal) => list<Checkpoint>(id, 'checkpoints', {}, signal),
    takeCheckpoint: (id: string) => client.call<Checkpoint>('POST', `${jobPath(id)}/checkpoints`),
    pin: (id: string, checkpoint: string, pinned: boolean) =>
      client.call<Checkpoint>('PATCH', `${jobPath(id)}/checkpoints/${encodeURIComponent(checkpoint)}`, {
        body: { pinned },
      }),

    /** @param operator an operator that stores records; `null` for all of them */
    output: (id: string, operator: string | null, signal?: AbortSignal): Promise<FlowOutput> =>
      client.call('GET', `${jobPath(id)}/output${toQueryString({ limit: MAX_ROWS, operator_id: operator })}`, {
        signal,
      }),
    /** Newest first. */
    errors: (id: string, operator: string | null, signal?: AbortSignal) =>
      list<FlowError>(id, 'errors', { operator_id: operator }, signal),
    /** Newest first. */
    logs: (id: string, operator: string | null, level: string | null, signal?: AbortSignal) =>
      list<FlowLogLine>(id, 'logs', { operator_id: operator, level }, signal),

    /** @param timeoutSeconds seconds after which the next stronger mode applies */
    stop: (id: string, mode: StopMode, timeoutSeconds: number) =>
      client.call('POST', `${jobPath(id)}/stop`, { body: { mode, timeout_seconds: timeoutSeconds } }),
    /**
     * Returns the id of the new run.
     *
     * @param checkpoint `null` for the newest checkpoint, or the start of the run if there is none
     */
    restart: async (id: string, checkpoint: string | null, parallelism: number): Promise<string> => {
      const body = { checkpoint_id: checkpoint, parallelism };
      return (await client.call<{ new_job_id: string }>('POST', `${jobPath(id)}/restart`, { body })).new_job_id;
    },

    /** Returns the cursors with which the next run of a flow begins, by the ids of its sources. */
    cursors: async (flow: string, signal?: AbortSignal) =>
      (await client.call<FlowCursorsView>('GET', cursorPath(flow), { signal })).cursors,
    /** @param cursor `null` for the start of the definition */
    setCursor: (flow: string, source: string, cursor: string | null) =>
      client.call('PUT', cursorPath(flow), { body: { cursors: { [source]: cursor } } }),

    versionedDefinition: (id: string, signal?: AbortSignal) =>
      client.callVersioned<Definition>('GET', pipelinePath(id), { signal }),
    validate: (definition: object, signal?: AbortSignal) =>
      client.call<Validation>('POST', '/api/v1/pipelines/validate', { body: definition, signal }),
    create: (definition: object) => client.call<{ id: string }>('POST', '/api/v1/pipelines', { body: definition }),
    /** @param etag the version to change; `null` for any */
    update: (id: string, change: object, etag: string | null) =>
      client.call('PATCH', pipelinePath(id), { body: change, headers: ifMatchHeader(etag) }),
  };
}

export type PipelinesApi = ReturnType<typeof createPipelinesApi>;
