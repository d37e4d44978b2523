import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { InvalidInput, JobdeckError } from '../../core/domain/errors.ts';
import {
  DEFAULT_OVERLAP_S,
  HOOK_NAME,
  HOOK_NAME_RULE,
  HOOK_SCHEMES,
  type Hook,
  isHookId,
  MAX_HOOK_DESCRIPTION_LENGTH,
  MAX_HOOKS,
  MAX_MANAGER_LENGTH,
  MAX_OVERLAP_S,
  rotateToken,
  validateHookSecret,
} from '../../core/domain/hook.ts';
import type { Job } from '../../core/domain/job.ts';
import { JOB_ID } from '../../core/domain/job-id.ts';
import { validateRunInput } from '../../core/domain/run-input.ts';
import { hashToken, TOKEN_SECRET_BYTES } from '../../core/domain/stage-token.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { ApiKeyIssuer } from '../../core/platform/api-key-issuer.ts';
import type { HookSecrets } from '../../core/platform/hook-secrets.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { scriptsWithRole } from '../../core/platform/script-roles.ts';
import type { Db } from '../../core/store/db.ts';
import {
  findHook,
  nameHook,
  listHooks as readHooks,
  removeHook,
  replaceHook,
  type StoredHook,
  createHook as storeHook,
} from '../../core/store/hooks.ts';
import { findJob } from '../definition/find-job.ts';
import { hookNotFoundError } from '../http/authenticate-hook.ts';
import {
  flag,
  formatReceived,
  inputObject,
  integer,
  matchingText,
  oneOf,
  orDefault,
  text,
} from '../http/input-schemas.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { namedSchema, pathParameter, timestamp } from '../openapi/common-schemas.ts';

export interface HooksDependencies extends Platform {
  readonly hookTokens: Pick<ApiKeyIssuer, 'issue'>;
  readonly hookSecrets: HookSecrets;
  /** Base URL of the API, without a trailing slash. */
  readonly apiUrl: string;
}

const hookSchema = lazy(() =>
  namedSchema(
    'RunnerHook',
    z.object({
      id: z.string(),
      name: z.string().nullable().describe('The name by which code refers to the hook.'),
      managed_by: z.string().nullable().describe('The project whose code declares the hook.'),
      job: z.string().describe('The job whose runs the hook starts.'),
      scheme: z.enum(HOOK_SCHEMES),
      description: z.string().nullable(),
      enabled: z.boolean(),
      has_secret: z.boolean().describe('Whether the hook has a secret with which senders sign requests.'),
      created_at: timestamp(),
      created_by: z.string(),
      previous_valid_until: timestamp().nullable().describe('Until when the URL before the last rotation is valid.'),
    }),
  ),
);
/** A hook without its token and secret. */
export type HookView = ViewOf<typeof hookSchema>;

const newHookSchema = lazy(() => {
  const { shape } = hookSchema();
  return namedSchema(
    'RunnerHookWithUrl',
    z.object({
      ...shape,
      url: z.string().describe('The URL of the hook with its token. No other response contains it.'),
    }),
  );
});

export const hookParameter = (description = 'The id of the hook.', example = '01JNXA3V5T9YV0Q2Z6W8M4R7B1') =>
  pathParameter('hook', description, example);

const jobField = () =>
  z.string({ error: ({ input }) => (input === undefined ? 'is required' : 'must be the id of a job') });
/** Errors must not contain the received value. */
const secretField = () => orDefault(z.string({ error: 'must be text' }), null);
const nameField = () => matchingText(HOOK_NAME, HOOK_NAME_RULE);
const managerField = () => text(MAX_MANAGER_LENGTH);
const descriptionField = () => text(MAX_HOOK_DESCRIPTION_LENGTH);

export const hookRoutes = [
  route({
    method: 'POST',
    path: '/hooks',
    operation: 'createHook',
    action: 'define',
    body: () =>
      inputObject({
        job: jobField(),
        scheme: orDefault(oneOf(HOOK_SCHEMES), 'none' as const),
        secret: secretField(),
        name: orDefault(nameField(), null),
        managed_by: orDefault(managerField(), null),
        description: orDefault(descriptionField(), null),
        enabled: orDefault(flag(), true),
      }),
    openapi: () => ({
      summary: 'Create a hook',
      description:
        'Requests to the URL of a hook start runs of its job, with their body as payload. Senders sign them by `scheme` ' +
        `with \`secret\`. A tenant may have ${MAX_HOOKS} hooks, one of each \`name\`.`,
      bodyExample: { job: 'hello', scheme: 'github', secret: 's3cr3t-of-the-repository' },
      errors: [409],
    }),
    responses: () => ({ 201: { description: 'The hook with its URL.', body: newHookSchema() } }),
    async handle({ caller, body }, dependencies: HooksDependencies) {
      const { db, now, newUlid } = dependencies;
      const { tenant } = caller;
      validateHookSecret(body.scheme, body.secret);
      await requireJobWithPayload(db, tenant, body.job);
      const id = newUlid(now());
      const token = await issueToken(dependencies, tenant, id);
      const hook: Hook = {
        tenant,
        id,
        name: body.name,
        managedBy: body.managed_by,
        job: body.job,
        scheme: body.scheme,
        description: body.description,
        enabled: body.enabled,
        tokenHash: hashToken(token),
        former: null,
        secret: body.secret === null ? null : await dependencies.hookSecrets.seal(tenant, id, body.secret),
        createdAt: new Date(now()).toISOString(),
        createdBy: caller.name,
      };
      const stored = await storeHook(db, hook);
      if (stored === 'name-taken') throw nameTakenError(hook);
      if (stored === 'full') {
        const message = `There are ${MAX_HOOKS} hooks, which is the maximum; delete one first`;
        throw new JobdeckError('conflict', 'hook.too_many', message);
      }
      return { status: 201, body: withUrl(dependencies, hook, token), targets: [id, body.job] };
    },
  }),
  route({
    method: 'GET',
    path: '/hooks',
    operation: 'listHooks',
    action: 'read',
    openapi: () => ({ summary: 'List hooks', description: 'Lists the hooks without their URLs.' }),
    responses: () => ({
      200: { description: 'The hooks, oldest first.', body: z.object({ hooks: z.array(hookSchema()) }) },
    }),
    async handle({ caller: { tenant } }, { db, now }: Pick<Platform, 'db' | 'now'>) {
      return { status: 200, body: { hooks: (await readHooks(db, tenant)).map((hook) => toView(hook, now())) } };
    },
  }),
  route({
    method: 'GET',
    path: '/hooks/{hook}',
    operation: 'getHook',
    action: 'read',
    openapi: () => ({ summary: 'Get a hook', pathParameters: hookParameter(), errors: [404] }),
    responses: () => ({ 200: { description: 'The hook without its URL.', body: z.object({ hook: hookSchema() }) } }),
    async handle({ caller: { tenant }, params }, { db, now }: Pick<Platform, 'db' | 'now'>) {
      const { hook } = await requireHook(db, tenant, params.hook);
      return { status: 200, body: { hook: toView(hook, now()) } };
    },
  }),
  route({
    method: 'PATCH',
    path: '/hooks/{hook}',
    operation: 'changeHook',
    action: 'define',
    body: () =>
      inputObject({
        job: jobField().optional(),
        secret: secretField(),
        name: nameField().optional(),
        managed_by: managerField().nullable().optional(),
        description: descriptionField().nullable().optional(),
        enabled: flag().optional(),
      }),
    openapi: () => ({
      summary: 'Change a hook',
      description:
        'Changes the given fields. The scheme cannot be changed: create another hook. A hook gets a name once.',
      pathParameters: hookParameter(),
      bodyExample: { enabled: false },
      errors: [404, 409],
    }),
    responses: () => ({ 200: { description: 'The changed hook.', body: z.object({ hook: hookSchema() }) } }),
    async handle({ caller: { tenant }, params, body }, { db, now, hookSecrets }: HooksDependencies) {
      const seen = await requireHook(db, tenant, params.hook);
      if (body.secret !== null) validateHookSecret(seen.hook.scheme, body.secret);
      if (body.job !== undefined) await requireJobWithPayload(db, tenant, body.job);
      const { name } = seen.hook;
      if (body.name !== undefined && name !== null && body.name !== name) {
        const rule = `cannot be changed: the name of the hook is ${formatReceived(name)}`;
        throw new InvalidInput('name', `${rule}, got ${formatReceived(body.name)}`);
      }
      const changed: Hook = {
        ...seen.hook,
        ...(body.name !== undefined && { name: body.name }),
        ...(body.managed_by !== undefined && { managedBy: body.managed_by }),
        ...(body.job !== undefined && { job: body.job }),
        ...(body.description !== undefined && { description: body.description }),
        ...(body.enabled !== undefined && { enabled: body.enabled }),
        ...(body.secret !== null && { secret: await hookSecrets.seal(tenant, seen.hook.id, body.secret) }),
      };
      await store(db, seen, changed);
      return { status: 200, body: { hook: toView(changed, now()) }, targets: [changed.job] };
    },
  }),
  route({
    method: 'DELETE',
    path: '/hooks/{hook}',
    operation: 'deleteHook',
    action: 'define',
    openapi: () => ({ summary: 'Delete a hook', pathParameters: hookParameter(), errors: [404] }),
    responses: () => ({ 200: { description: 'The hook is deleted.', body: z.object({ ok: z.literal(true) }) } }),
    async handle({ caller: { tenant }, params }, { db }: Pick<Platform, 'db'>) {
      if (!isHookId(params.hook) || !(await removeHook(db, tenant, params.hook))) throw hookNotFoundError();
      return { status: 200, body: { ok: true as const } };
    },
  }),
  route({
    method: 'POST',
    path: '/hooks/{hook}/rotate',
    operation: 'rotateHook',
    action: 'define',
    body: () => inputObject({ overlap_s: orDefault(integer(0, MAX_OVERLAP_S), DEFAULT_OVERLAP_S) }),
    openapi: () => ({
      summary: 'Give a hook a new URL',
      description:
        'The previous URL stays valid for `overlap_s` seconds; 0 ends it at once. A URL before the previous one ends at once.',
      pathParameters: hookParameter(),
      bodyExample: { overlap_s: 3_600 },
      errors: [404, 409],
    }),
    responses: () => ({ 200: { description: 'The hook with its new URL.', body: newHookSchema() } }),
    async handle({ caller: { tenant }, params, body }, dependencies: HooksDependencies) {
      const { db, now } = dependencies;
      const seen = await requireHook(db, tenant, params.hook);
      const token = await issueToken(dependencies, tenant, seen.hook.id);
      const rotated = rotateToken(seen.hook, hashToken(token), body.overlap_s * 1_000, now());
      await store(db, seen, rotated);
      return { status: 200, body: withUrl(dependencies, rotated, token) };
    },
  }),
];

const issueToken = ({ hookTokens }: HooksDependencies, tenant: TenantId, id: string): Promise<string> =>
  hookTokens.issue(tenant, id, randomBytes(TOKEN_SECRET_BYTES).toString('base64url'), 'hook');

/** @throws JobdeckError `hook.not_found` */
async function requireHook(db: Db, tenant: TenantId, id: string): Promise<StoredHook> {
  const found = isHookId(id) ? await findHook(db, tenant, id) : undefined;
  if (!found) throw hookNotFoundError();
  return found;
}

/** @throws JobdeckError `hook.changed` (conflict), `hook.name_taken` (conflict) */
async function store(db: Db, seen: StoredHook, hook: Hook): Promise<void> {
  const isNamed = hook.name !== seen.hook.name;
  const stored = isNamed ? await nameHook(db, seen, hook) : await replaceHook(db, seen, hook);
  if (stored === 'name-taken') throw nameTakenError(hook);
  if (stored === true || stored === 'replaced') return;
  throw new JobdeckError('conflict', 'hook.changed', 'The hook was changed or deleted meanwhile; try again');
}

const nameTakenError = ({ name }: Hook) =>
  new JobdeckError(
    'conflict',
    'hook.name_taken',
    `name: must not be that of another hook, got ${formatReceived(name)}`,
  );

/** @throws InvalidInput unless the job exists and its runs can have a payload */
async function requireJobWithPayload(db: Db, tenant: TenantId, id: string): Promise<Job> {
  const job = JOB_ID.test(id) ? await findJob(db, tenant, id) : undefined;
  if (!job) throw new InvalidInput('job', `must be the id of a job, got ${formatReceived(id)}`);
  try {
    validateRunInput({ payload: {} }, job.target, { scriptsWithRole: scriptsWithRole() });
  } catch (error) {
    if (error instanceof InvalidInput) throw new InvalidInput('job', `must accept payloads: ${error.message}`);
    throw error;
  }
  return job;
}

function withUrl({ apiUrl, now }: HooksDependencies, hook: Hook, token: string) {
  return { ...toView(hook, now()), url: `${apiUrl}/hooks/${token}` };
}

const toView = (hook: Hook, now: number): HookView => ({
  id: hook.id,
  name: hook.name,
  managed_by: hook.managedBy,
  job: hook.job,
  scheme: hook.scheme,
  description: hook.description,
  enabled: hook.enabled,
  has_secret: hook.secret !== null,
  created_at: hook.createdAt,
  created_by: hook.createdBy,
  previous_valid_until: hook.former && Date.parse(hook.former.until) > now ? hook.former.until : null,
});
