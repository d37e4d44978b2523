import * as z from 'zod';
import { JobdeckError } from '../../core/domain/errors.ts';
import { acceptsToken, type Hook, hookTag } from '../../core/domain/hook.ts';
import { deliveryIdOf, type SignedRequest, verifySignature } from '../../core/domain/hook-signature.ts';
import type { Job } from '../../core/domain/job.ts';
import type { Json } from '../../core/domain/json.ts';
import { LimitReached } from '../../core/domain/limits.ts';
import { publicRunId } from '../../core/domain/run-id.ts';
import { hashToken, parseToken } from '../../core/domain/stage-token.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import { triggerJob } from '../../core/engine/start/trigger-job.ts';
import { findHook } from '../../core/store/hooks.ts';
import { findJob } from '../definition/find-job.ts';
import { hookNotFoundError } from '../http/authenticate-hook.ts';
import { readIdempotencyKey } from '../http/idempotency-key.ts';
import { hookRoute } from '../http/route.ts';
import { idempotencyKeyHeader } from '../openapi/common-schemas.ts';
import { isForm, readHookPayload } from './hook-payload.ts';
import { type HooksDependencies, hookParameter } from './hooks.ts';
import { MAX_OPTIONS_BODY_BYTES, toTriggerRequest } from './run-options.ts';

export const receiveHook = hookRoute({
  method: 'POST',
  path: '/hooks/{hook}',
  operation: 'receiveHook',
  maxBodyBytes: MAX_OPTIONS_BODY_BYTES,
  openapi: () => ({
    summary: 'Start a run by a hook',
    description:
      'Starts a run with the body as payload. A repeat of a delivery (the same `webhook-id`, `X-GitHub-Delivery`, Stripe ' +
      'event, Slack event or request, or `Idempotency-Key` of the scheme `none`) within 24 hours returns the first run.',
    pathParameters: hookParameter('The token of the hook, as in its URL.', 'hk_acme.01JNXA3V5T9YV0Q2Z6W8M4R7B1.….1.…'),
    headers: [idempotencyKeyHeader()],
    errors: [401, 404, 409, 415, 422],
  }),
  responses: () => ({
    200: {
      description: 'Slack only: the challenge of a URL verification, or no body in response to a form.',
      body: z.object({ challenge: z.string() }),
      textTypes: ['text/plain'],
    },
    202: { description: 'The run that was started.', body: z.object({ run_id: z.string() }) },
  }),
  async handle({ caller: { tenant }, params, body, headers }, dependencies: HooksDependencies) {
    const hook = await requireHookOfToken(dependencies, tenant, params.hook);
    const request = { headers, body };
    await assertSigned(dependencies, hook, request);
    if (hook.scheme === 'none') readIdempotencyKey(headers);
    const payload = readHookPayload(hook.scheme, request);
    const challenge = hook.scheme === 'slack' ? findChallenge(payload) : undefined;
    if (challenge !== undefined) return { status: 200, body: { challenge } };

    const job = await findJob(dependencies.db, tenant, hook.job);
    if (!job) throw hookNotFoundError();
    const delivery = deliveryIdOf(hook.scheme, request, payload);
    const run = await start(dependencies, hook, job, payload, delivery);
    // Slack shows an error to the user of a command or button whose response it does not understand.
    if (hook.scheme === 'slack' && isForm(request)) {
      return { status: 200, body: '', headers: { 'content-type': 'text/plain; charset=utf-8' } };
    }
    return { status: 202, body: { run_id: publicRunId(run) } };
  },
});

/** @throws JobdeckError `hook.not_found` for a hook that is deleted or disabled, and for a token that was replaced */
async function requireHookOfToken({ db, now }: HooksDependencies, tenant: TenantId, token: string): Promise<Hook> {
  const received = parseToken('hook', token);
  const found = received && (await findHook(db, tenant, received.id));
  if (!found || /* guard: hook.token */ !acceptsToken(found.hook, hashToken(token), now())) throw hookNotFoundError();
  return found.hook;
}

/** @throws JobdeckError `hook.signature` (unauthenticated) */
async function assertSigned(
  { hookSecrets, now }: HooksDependencies,
  hook: Hook,
  request: SignedRequest,
): Promise<void> {
  if (hook.scheme === 'none') return;
  const secret = await hookSecrets.open(hook);
  // An imported hook, whose secret was not exported.
  if (secret === undefined) throw new JobdeckError('unauthenticated', 'hook.signature', 'The hook has no secret');
  verifySignature(hook.scheme, secret, request, now());
}

/** Returns the challenge with which Slack verifies a URL (https://docs.slack.dev/reference/events/url_verification). */
function findChallenge(payload: Json | undefined): string | undefined {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return undefined;
  const { type, challenge } = payload as { readonly [name: string]: Json };
  return type === 'url_verification' && typeof challenge === 'string' ? challenge : undefined;
}

/**
 * Starts the run of a delivery. The id of the delivery is its idempotency key, so that a repeat returns the same run.
 *
 * @throws the errors of `triggerJob` without details of the job and the tenant, of whom senders are not members
 */
async function start(
  dependencies: HooksDependencies,
  hook: Hook,
  job: Job,
  payload: Json | undefined,
  delivery?: string,
) {
  const caller = { tenant: hook.tenant, roles: [], name: hookTag(hook.id) };
  const options = { payload: payload ?? null, args: null, env: null, tags: [hookTag(hook.id)], note: null };
  const byJob = { priority: null, expires_in_s: null, run_at: null, delay_s: null };
  // No header of a request with a token has a line break, so that the keys of hooks are their own.
  const key = delivery === undefined ? undefined : `hook\n${hook.id}\n${delivery}`;
  try {
    const request = await toTriggerRequest(caller, job, { ...options, ...byJob });
    return await triggerJob(dependencies, job, key, { ...request, mayDiffer: true });
  } catch (error) {
    throw toSenderError(error);
  }
}

function toSenderError(error: unknown): unknown {
  if (error instanceof LimitReached) {
    return new LimitReached(error.limit, 'no run can be started now; try again later', error.retryAfterSeconds);
  }
  if (!(error instanceof JobdeckError)) return error;
  if (error.code === 'job.not_found') return hookNotFoundError();
  if (error.code === 'tenant.deleted') return hookNotFoundError();
  if (error.code === 'job.disabled') return new JobdeckError('conflict', error.code, 'The job is disabled');
  if (error.code === 'run.overlap') return new JobdeckError('conflict', error.code, 'The job is running already');
  return error;
}
