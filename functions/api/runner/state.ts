import * as z from 'zod';
import { InvalidInput, JobdeckError } from '../../core/domain/errors.ts';
import {
  isPrivateNamespace,
  isStateKey,
  isStateNamespace,
  MAX_STATE_BYTES,
  MAX_STATE_KEY_LENGTH,
  MAX_STATE_TTL_SECONDS,
  STATE_NAMESPACE,
  STATE_NAMESPACE_RULE,
  StateFullError,
  type StatePlace,
} from '../../core/domain/script-state.ts';
import { truncate } from '../../core/domain/text.ts';
import type { Platform } from '../../core/platform/platform.ts';
import {
  getState,
  listState,
  listStateNamespaces,
  putState,
  removeState,
  type StateCondition,
  type StateEntry,
} from '../../core/store/script-state.ts';
import { type IfMatch, readIfMatch } from '../http/if-match.ts';
import { readIfNoneMatch } from '../http/if-none-match.ts';
import { inputObject, integer, matchingText, orDefault, queryInteger, textOrEmpty } from '../http/input-schemas.ts';
import { lazy, type ParameterDoc, route, type ViewOf } from '../http/route.ts';
import { namedSchema, pathParameter, timestamp } from '../openapi/common-schemas.ts';

const MAX_NAMESPACES = 100;
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

const entrySchema = lazy(() =>
  namedSchema(
    'RunnerStateEntry',
    z.object({
      key: z.string(),
      value: z.unknown().describe('Any JSON value.'),
      expires_at: timestamp().nullable(),
      updated_at: timestamp(),
    }),
  ),
);
/** A value in the state of the tenant. */
export type StateEntryView = ViewOf<typeof entrySchema>;

const PRIVATE = 'Namespaces that start with `_` are for scripts alone: they are neither listed nor readable.';
const ENTRY_ETAG = { ETag: 'The version of the value, for `If-Match`.' };

const namespaceParameter = lazy(() =>
  pathParameter('namespace', 'The namespace.', 'sync-orders', z.string().regex(STATE_NAMESPACE)),
);
const keyParameter = lazy(() =>
  pathParameter('key', 'The key.', 'cursor', z.string().min(1).max(MAX_STATE_KEY_LENGTH)),
);
const entryParameters = lazy(() => ({ ...namespaceParameter(), ...keyParameter() }));

const matchHeader = (): ParameterDoc => ({
  name: 'If-Match',
  description:
    'Entity tags or `*`. The request is rejected (412) unless the value exists at one of the named versions.',
  schema: z.string(),
  example: '"2jmj7l5rSw0yVb_vlWAYkK"',
});
const createHeader = (): ParameterDoc => ({
  name: 'If-None-Match',
  description: '`*`: the request is rejected (412) if the value exists.',
  schema: z.literal('*'),
  example: '*',
});

const limitField = () => orDefault(queryInteger(1, MAX_LIMIT), DEFAULT_LIMIT);
const ttlField = () => orDefault(integer(1, MAX_STATE_TTL_SECONDS), null);
const keyField = () => textOrEmpty(MAX_STATE_KEY_LENGTH);

export const stateRoutes = [
  route({
    method: 'GET',
    path: '/state',
    operation: 'listStateNamespaces',
    action: 'read',
    query: () =>
      inputObject(
        {
          after: matchingText(STATE_NAMESPACE, STATE_NAMESPACE_RULE).optional(),
          limit: orDefault(queryInteger(1, MAX_NAMESPACES), MAX_NAMESPACES),
        },
        'query parameter',
      ),
    openapi: () => ({
      summary: 'List the namespaces of the state',
      description: `Lists the namespaces that have values, by name: \`after\` is the last name of the previous page. ${PRIVATE}`,
    }),
    responses: () => ({
      200: {
        description: 'The namespaces.',
        body: z.object({
          namespaces: z.array(z.string()),
          next: z.string().nullable().describe('The `after` of the next page, or `null`.'),
        }),
      },
    }),
    async handle({ caller: { tenant }, query: { after, limit } }, { db }: Platform) {
      return { status: 200, body: await listStateNamespaces(db, tenant, { after, limit }) };
    },
  }),
  route({
    method: 'GET',
    path: '/state/{namespace}',
    operation: 'listState',
    action: 'read',
    query: () =>
      inputObject(
        { prefix: orDefault(keyField(), ''), after: keyField().optional(), limit: limitField() },
        'query parameter',
      ),
    openapi: () => ({
      summary: 'List the values of a namespace',
      description:
        'Lists values by key, those with a prefix if `prefix` is set: `after` is the last key of the previous page. A page ' +
        'may have fewer than `limit` values.',
      pathParameters: namespaceParameter(),
    }),
    responses: () => ({
      200: {
        description: 'The values by key.',
        body: z.object({
          entries: z.array(entrySchema()),
          next: z.string().nullable().describe('The `after` of the next page, or `null`.'),
        }),
      },
    }),
    async handle({ caller: { tenant }, params: { namespace }, query }, { db, now }: Platform) {
      if (!isStateNamespace(namespace) || !isShown(namespace))
        return { status: 200, body: { entries: [], next: null } };
      const { entries, next } = await listState(db, tenant, namespace, query, now());
      return { status: 200, body: { entries: entries.map(toView), next } };
    },
  }),
  route({
    method: 'GET',
    path: '/state/{namespace}/{key}',
    operation: 'getState',
    action: 'read',
    openapi: () => ({ summary: 'Get a value of the state', pathParameters: entryParameters(), errors: [404] }),
    responses: () => ({ 200: { description: 'The value.', body: entrySchema(), headers: ENTRY_ETAG } }),
    async handle({ caller: { tenant }, params }, { db, now }: Platform) {
      const found = mayHaveValue(params) ? await getState(db, tenant, params, now()) : undefined;
      if (!found) throw valueNotFoundError();
      return { status: 200, body: toView(found), headers: { etag: etagOf(found) } };
    },
  }),
  route({
    method: 'PUT',
    path: '/state/{namespace}/{key}',
    operation: 'putState',
    action: 'operate',
    // `assertValue` reports a missing value.
    body: () => inputObject({ value: z.unknown().optional(), ttl_s: ttlField() }),
    openapi: () => ({
      summary: 'Set a value of the state',
      description:
        `Stores any JSON value of at most ${MAX_STATE_BYTES} bytes, for \`ttl_s\` seconds or without end. Scripts read it as ` +
        "`state.namespace('…').get('…')`, and those of the namespace `default` as `state.get('…')`.",
      pathParameters: entryParameters(),
      headers: [matchHeader(), createHeader()],
      body: inputObject({ value: z.unknown(), ttl_s: ttlField() }),
      bodyExample: { value: { after: 4711 }, ttl_s: 86_400 },
      errors: [409, 412],
    }),
    responses: () => ({
      200: { description: 'The value is stored.', body: entrySchema(), headers: ENTRY_ETAG },
    }),
    async handle({ caller: { tenant }, params, body: { value, ttl_s: ttlSeconds }, headers }, { db, now }: Platform) {
      const place = assertPlace(params);
      assertValue(value);
      const condition = readCondition(headers);
      const outcome = await putState(db, tenant, place, { value, ttlSeconds }, now(), condition);
      if (outcome === 'full')
        throw new JobdeckError('conflict', 'state.full', `state: ${new StateFullError().message}`);
      if (outcome === 'changed') throw valueChangedError(headers);
      return { status: 200, body: toView(outcome), headers: { etag: etagOf(outcome) } };
    },
  }),
  route({
    method: 'DELETE',
    path: '/state/{namespace}/{key}',
    operation: 'deleteState',
    action: 'operate',
    openapi: () => ({
      summary: 'Delete a value of the state',
      pathParameters: entryParameters(),
      headers: [matchHeader()],
      errors: [404, 412],
    }),
    responses: () => ({ 200: { description: 'The value is deleted.', body: z.object({ ok: z.literal(true) }) } }),
    async handle({ caller: { tenant }, params, headers }, { db, now }: Platform) {
      const ifMatch = readIfMatch(headers);
      const isRemoved =
        mayHaveValue(params) && (await removeState(db, tenant, params, now(), ifMatch && toCondition(ifMatch)));
      if (isRemoved) return { status: 200, body: { ok: true as const } };
      throw ifMatch === undefined ? valueNotFoundError() : valueChangedError(headers);
    },
  }),
];

type Place = Readonly<Record<'namespace' | 'key', string>>;

/** @returns whether the API shows the values of a namespace */
const isShown = (namespace: string): boolean => /* guard: state.private */ !isPrivateNamespace(namespace);

/** @returns whether there may be a value that the API shows. DynamoDB rejects keys of more than 1 KB. */
const mayHaveValue = ({ namespace, key }: Place): boolean =>
  isStateNamespace(namespace) && isShown(namespace) && isStateKey(key);

/** @throws InvalidInput if the API must not write a value there */
function assertPlace({ namespace, key }: Place): StatePlace {
  if (!isStateNamespace(namespace)) {
    throw new InvalidInput('namespace', `must be ${STATE_NAMESPACE_RULE}, got ${format(namespace)}`);
  }
  if (!isShown(namespace)) {
    throw new InvalidInput('namespace', `must not start with _, which is for scripts alone, got ${format(namespace)}`);
  }
  if (!isStateKey(key))
    throw new InvalidInput('key', `must be 1–${MAX_STATE_KEY_LENGTH} characters, got ${format(key)}`);
  return { namespace, key };
}

function assertValue(value: unknown): void {
  if (value === undefined) throw new InvalidInput('value', 'is required: any JSON value');
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes <= MAX_STATE_BYTES) return;
  throw new InvalidInput('value', `must have at most ${MAX_STATE_BYTES} bytes as JSON, got ${bytes}`);
}

const format = (text: string): string => JSON.stringify(truncate(text, 80));

type Headers = Readonly<Record<string, string | undefined>>;

function readCondition(headers: Headers): StateCondition | undefined {
  const ifMatch = readIfMatch(headers);
  const ifNoneMatch = readIfNoneMatch(headers);
  if (ifMatch !== undefined && ifNoneMatch !== undefined) {
    throw new InvalidInput('if-none-match', 'must be absent beside if-match');
  }
  if (ifNoneMatch !== undefined) return 'absent';
  return ifMatch && toCondition(ifMatch);
}

/** Maximum number of versions that a request may name: the condition of a write has at most 4 KB. */
const MAX_VERSIONS = 50;

/** @throws InvalidInput */
function toCondition(ifMatch: IfMatch): Exclude<StateCondition, 'absent'> {
  if (ifMatch === '*') return 'present';
  if (ifMatch.length > MAX_VERSIONS) {
    throw new InvalidInput('if-match', `must have at most ${MAX_VERSIONS} entity tags, got ${ifMatch.length}`);
  }
  return { tags: ifMatch.map((tag) => tag.slice(1, -1)) };
}

const etagOf = ({ tag }: StateEntry): string => `"${tag}"`;

const toView = ({ key, value, expiresAt, updatedAt }: StateEntry): StateEntryView => ({
  key,
  value,
  expires_at: expiresAt,
  updated_at: updatedAt,
});

const valueNotFoundError = () => new JobdeckError('not_found', 'state.not_found', 'Value not found');

const valueChangedError = (headers: Headers) =>
  new JobdeckError(
    'precondition',
    'state.changed',
    headers['if-none-match'] === undefined
      ? `if-match: the value has another version or does not exist, got ${truncate(headers['if-match'] ?? '', 80)}`
      : 'if-none-match: the value exists',
  );
