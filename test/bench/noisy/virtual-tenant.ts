import { createHoldPayment } from '../../../functions/api/http/hold-payment.ts';
import type { ApiRequest, ApiRoute } from '../../../functions/api/http/route.ts';
import { validate } from '../../../functions/api/http/validate.ts';
import { createJob, deleteJob, updateJob } from '../../../functions/api/runner/job-changes.ts';
import { triggerJob } from '../../../functions/api/runner/trigger.ts';
import { LimitReached } from '../../../functions/core/domain/limits.ts';
import type { TenantId } from '../../../functions/core/domain/tenant.ts';
import { createRequestLimiter } from '../../../functions/core/platform/request-limiter.ts';
import { TIMEOUT_MS } from '../../simulation/driver/timeouts.ts';
import type { VirtualStage } from './virtual-stage.ts';

/** The remainder of a request's time that the API reserves for its answer, in milliseconds. */
const RESERVE_MS = 1_000;

type Handle = (request: ApiRequest, platform: VirtualStage['platform']) => Promise<unknown>;

/**
 * A tenant that uses the routes of the runner surface, with the limits of the API. Requests resolve with `false` if a
 * limit of the tenant prevents them.
 */
export class VirtualTenant {
  readonly id: TenantId;
  /** Called with the milliseconds of each request. */
  onResponse: (ms: number) => void = () => {};
  readonly #stage: VirtualStage;
  readonly #limit: (tenant: TenantId) => Promise<void>;

  constructor(stage: VirtualStage, id: TenantId) {
    this.id = id;
    this.#stage = stage;
    const { db, log, now, defaultLimits } = stage.platform;
    // One bucket for all requests: the instances of a deployment share it through the store.
    this.#limit = createRequestLimiter({ dbOf: () => db, log, defaultLimits, now });
  }

  define = (job: { readonly id: string; readonly [field: string]: unknown }): Promise<boolean> =>
    this.#request(createJob, { body: { name: job.id, overlap_policy: 'allow', ...job } });

  change = (id: string, body: object): Promise<boolean> => this.#request(updateJob, { params: { id }, body });

  delete = (id: string): Promise<boolean> => this.#request(deleteJob, { params: { id } });

  start = (id: string): Promise<boolean> =>
    this.#request(triggerJob, { params: { id }, headers: { prefer: 'respond-async' } });

  /** Starts a run and waits for its end as long as the API allows. */
  runAndWait = (id: string): Promise<boolean> => this.#request(triggerJob, { params: { id } });

  async #request(route: ApiRoute<VirtualStage['platform']>, request: Partial<ApiRequest>): Promise<boolean> {
    const startedAt = this.#stage.now;
    const answer = await this.#stage.request(() => this.#handle(route, request));
    this.onResponse(this.#stage.now - startedAt);
    if ('value' in answer) return true;
    // Requests above a limit are part of an attack; any other error is a defect.
    if (answer.error instanceof LimitReached) return false;
    throw answer.error;
  }

  async #handle({ body, handle }: ApiRoute<VirtualStage['platform']>, request: Partial<ApiRequest>): Promise<unknown> {
    await this.#limit(this.id);
    const startedAt = Date.now();
    return (handle as Handle)(
      {
        caller: { tenant: this.id, roles: ['OWNER'], name: 'ana' },
        params: {},
        query: {},
        headers: {},
        remainingMs: () => TIMEOUT_MS.api - RESERVE_MS - (Date.now() - startedAt),
        mayWait: createHoldPayment(this.#limit, this.id),
        countRequest: () => this.#limit(this.id),
        ...request,
        body: body ? validate(body(), request.body ?? {}, 'body') : {},
      },
      this.#stage.platform,
    );
  }
}
