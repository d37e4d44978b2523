import * as z from 'zod';
import { DEAD_LETTER_KINDS, type DeadLetter } from '../../core/domain/dead-letter.ts';
import { InvalidInput, JobdeckError } from '../../core/domain/errors.ts';
import { encodeUlidTime, isUlid, publicRunId } from '../../core/domain/run-id.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import { retryDelivery } from '../../core/engine/notifications/retry-delivery.ts';
import { sendEnd } from '../../core/engine/start/start-followers.ts';
import type { Platform } from '../../core/platform/platform.ts';
import {
  type DeadLetterQuery,
  getDeadLetter,
  getDeadLetterMap,
  listDeadLetterPage,
} from '../../core/store/dead-letter.ts';
import { getDelivery } from '../../core/store/deliveries.ts';
import { flag, inputObject, integer, listOf, oneOf, orDefault, time } from '../http/input-schemas.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { namedSchema, nonNegativeInteger, pathParameter, timestamp } from '../openapi/common-schemas.ts';
import { redriveAll } from './redrive.ts';
import { findRequestedRuns, RESPONSE_RESERVE_MS } from './run-selection.ts';
import { limit } from './runs-query.ts';

/** Maximum dead letters that one request replays. */
const MAX_MESSAGES = 500;
const DEFAULT_LIMIT = 100;
/** Field of the list in responses. */
const LIST_FIELD = 'dead_letters';

/** Bounds that sort before and after every ULID. */
const [ULID_MIN, ULID_MAX] = ['0', 'Z'];

const deadLetterId = () => z.string().refine(isUlid, { error: 'must be the id of a dead letter' });

const deadLetterFields = () => ({
  id: z.string(),
  kind: z.enum(DEAD_LETTER_KINDS),
  sent_at: timestamp().describe('When the message was sent.'),
  given_up_at: timestamp().describe('When the message became a dead letter.'),
  cause: z.string(),
  job_id: z.string(),
  run_id: z.string(),
  scheduled_at: timestamp().nullable(),
  task: nonNegativeInteger().nullable(),
  delivery_id: z.string().nullable(),
});

const deadLetter = lazy(() => namedSchema('RunnerDeadLetter', z.object(deadLetterFields())));
/** A message that was given up. */
export type DeadLetterView = ViewOf<typeof deadLetter>;

const deadLetterWithState = lazy(() =>
  namedSchema(
    'RunnerDeadLetterNow',
    z.object({
      ...deadLetterFields(),
      state: z.string().nullable().describe('Current state of the run or delivery; `null` if it no longer exists.'),
    }),
  ),
);

const listRoute = route({
  method: 'GET',
  path: '/dead-letters',
  operation: 'listDeadLetters',
  action: 'operate',
  query: () =>
    inputObject(
      { limit: limit(), kind: orDefault(oneOf(DEAD_LETTER_KINDS), null), before: orDefault(deadLetterId(), null) },
      'query parameter',
    ),
  openapi: () => ({
    summary: 'List dead letters',
    description:
      'A dead letter is a message that was given up: a tick that created no run, a run that no worker could start or ' +
      'continue, a notification, or the end of a run after which others start (`chain`). Dead letters are kept for 30 days.',
  }),
  responses: () => ({
    200: { description: 'Dead letters, newest first.', body: z.object({ [LIST_FIELD]: z.array(deadLetter()) }) },
  }),
  async handle({ caller: { tenant }, query: { limit, kind, before } }, { db, now }: Pick<Platform, 'db' | 'now'>) {
    const query = { kind, limit, after: ULID_MIN, before: before ?? ULID_MAX, newestFirst: true, now: now() };
    const messages = await listDeadLetterPage(db, tenant, query);
    return { status: 200, body: { [LIST_FIELD]: messages.map(toDeadLetterView) } };
  },
});

const getRoute = route({
  method: 'GET',
  path: '/dead-letters/{id}',
  operation: 'getDeadLetter',
  action: 'operate',
  openapi: () => ({
    summary: 'Get a dead letter',
    description: 'Returns the dead letter with the current state of its run or delivery.',
    pathParameters: pathParameter('id', 'The id of the dead letter.', '01JNXA3V5T9YV0Q2Z6W8M4R7B1', z.string()),
    errors: [404],
  }),
  responses: () => ({
    200: { description: 'The dead letter.', body: z.object({ dead_letter: deadLetterWithState() }) },
  }),
  async handle({ caller: { tenant }, params: { id } }, platform: Pick<Platform, 'db' | 'now'>) {
    const found = isUlid(id) ? await getDeadLetter(platform.db, tenant, id, platform.now()) : undefined;
    if (!found) throw new JobdeckError('not_found', 'dead_letter.not_found', 'Dead letter not found');
    const state = await findState(platform, found);
    return { status: 200, body: { dead_letter: { ...toDeadLetterView(found), state } } };
  },
});

/** @returns the state of the run or delivery, or `null` if it no longer exists */
async function findState({ db, now }: Pick<Platform, 'db' | 'now'>, deadLetter: DeadLetter): Promise<string | null> {
  const { tenant, delivery, runId } = deadLetter;
  if (delivery !== null) return (await getDelivery(db, tenant, delivery, now()))?.state ?? null;
  const [requested] = await findRequestedRuns({ db, now }, tenant, [runId]);
  const row = requested?.row;
  if (!row) return null;
  return row.state === 'skipped' ? row.reason : row.state;
}

const replayBody = lazy(() =>
  inputObject({
    ids: orDefault(listOf(deadLetterId(), MAX_MESSAGES, 1), null),
    kind: orDefault(oneOf(DEAD_LETTER_KINDS), null),
    since: orDefault(time(), null),
    until: orDefault(time(), null),
    limit: orDefault(integer(1, MAX_MESSAGES), DEFAULT_LIMIT),
    dry_run: orDefault(flag(), false),
  }),
);
type ReplayBody = z.output<ReturnType<typeof replayBody>>;

const replayResult = lazy(() =>
  z.object({
    matched: nonNegativeInteger().describe('Dead letters that the request processed.'),
    replayed: z.array(z.object({ id: z.string(), new_run_id: z.string().nullable(), delivery: z.string().nullable() })),
    skipped: z.array(z.object({ id: z.string(), reason: z.string() })),
    left: nonNegativeInteger().describe('Selected dead letters that remain for another request.'),
    dry_run: z.boolean(),
  }),
);
/** The outcome of a replay. */
export type ReplayResultView = ViewOf<typeof replayResult>;

const replayRoute = route({
  method: 'POST',
  path: '/dead-letters/replay',
  operation: 'replayDeadLetters',
  action: 'operate',
  body: replayBody,
  openapi: () => ({
    summary: 'Replay dead letters',
    description:
      'Redrives failed runs and missed ticks, at most once each, sends undelivered notifications again, and starts the ' +
      'runs that were to follow another. Repeating the request has no further effect. With `dry_run`, reports the selection and does nothing.',
    bodyExample: { kind: 'tick', since: '2026-03-02T00:00:00Z', dry_run: true },
  }),
  responses: () => ({ 200: { description: 'The outcome for each dead letter.', body: replayResult() } }),
  async handle({ caller, body, remainingMs }, platform: Platform) {
    const hasTime = () => remainingMs() > RESPONSE_RESERVE_MS;
    const { messages, missing } = await selectMessages(platform, caller.tenant, body);
    const options = { dryRun: body.dry_run, acknowledgedBy: caller.name, hasTime };
    const outcomes = await replayAll(platform, messages, options);
    const done = messages.flatMap((deadLetter) => outcomes.get(deadLetter.id) ?? []);
    const replayed = done.flatMap((outcome) => ('reason' in outcome ? [] : [outcome]));
    return {
      status: 200,
      targets: body.dry_run ? [] : replayed.flatMap(({ id, new_run_id }) => [id, ...(new_run_id ? [new_run_id] : [])]),
      body: {
        matched: done.length + missing.length,
        replayed,
        skipped: [
          ...done.flatMap((outcome) => ('reason' in outcome ? [outcome] : [])),
          ...missing.map((id) => ({ id, reason: 'dead letter not found' })),
        ],
        left: messages.length - done.length,
        dry_run: body.dry_run,
      },
    };
  },
});

async function selectMessages(
  { db, now }: Pick<Platform, 'db' | 'now'>,
  tenant: TenantId,
  { ids, kind, since, until, limit }: ReplayBody,
): Promise<{ readonly messages: readonly DeadLetter[]; readonly missing: readonly string[] }> {
  if (ids) {
    const filters = Object.entries({ kind, since, until }).filter(([, value]) => value !== null);
    if (filters.length > 0) {
      throw new InvalidInput('ids', `must not be combined with ${filters.map(([name]) => name).join(', ')}`);
    }
    const uniqueIds = [...new Set(ids)];
    const found = await getDeadLetterMap(db, tenant, uniqueIds, now());
    return { messages: [...found.values()], missing: uniqueIds.filter((id) => !found.has(id)) };
  }
  if (kind === null && since === null && until === null) {
    throw new InvalidInput('body', 'must select dead letters by ids, or by kind, since or until');
  }
  const query: DeadLetterQuery = {
    kind,
    after: since === null ? ULID_MIN : encodeUlidTime(Date.parse(since)),
    before: until === null ? ULID_MAX : encodeUlidTime(Date.parse(until) + 1),
    newestFirst: false,
    limit,
    now: now(),
  };
  return { messages: await listDeadLetterPage(db, tenant, query), missing: [] };
}

type ReplayOutcome = ReplayResultView['replayed'][number] | ReplayResultView['skipped'][number];

interface ReplayOptions {
  readonly dryRun: boolean;
  readonly acknowledgedBy: string;
  readonly hasTime: () => boolean;
}

/** @returns the outcomes by dead letter id; dead letters that were not processed in time are missing */
async function replayAll(
  platform: Platform,
  messages: readonly DeadLetter[],
  { dryRun, acknowledgedBy, hasTime }: ReplayOptions,
): Promise<ReadonlyMap<string, ReplayOutcome>> {
  const outcomes = new Map<string, ReplayOutcome>();
  const tenant = messages[0]?.tenant;
  if (tenant === undefined) return outcomes;
  const runMessages = messages.filter(({ kind }) => kind === 'run' || kind === 'tick');
  const requestedRuns = await findRequestedRuns(
    platform,
    tenant,
    runMessages.map(({ runId }) => runId),
  );
  const redriven = await redriveAll(platform, requestedRuns, { dryRun, acknowledgedBy }, hasTime);
  const handledRunIds = new Set<string>();
  for (const { id, runId } of runMessages) {
    const outcome = redriven.get(runId);
    if (!outcome) continue;
    // Several dead letters may concern one run, which is redriven once.
    if (outcome.kind === 'skipped') outcomes.set(id, { id, reason: outcome.reason });
    else if (handledRunIds.has(runId)) outcomes.set(id, { id, reason: 'another dead letter concerns the same run' });
    else outcomes.set(id, { id, new_run_id: outcome.by && publicRunId(outcome.by), delivery: null });
    handledRunIds.add(runId);
  }
  for (const { id, runId, kind } of messages) {
    if (kind !== 'chain' || !hasTime()) continue;
    outcomes.set(id, await requestFollowersAgain(platform, tenant, id, runId, dryRun));
  }
  for (const { id, delivery } of messages) {
    if (delivery === null || !hasTime()) continue;
    outcomes.set(id, await resendNotification(platform, tenant, id, delivery, dryRun));
  }
  return outcomes;
}

async function requestFollowersAgain(
  platform: Platform,
  tenant: TenantId,
  id: string,
  runId: string,
  dryRun: boolean,
): Promise<ReplayOutcome> {
  const [requested] = await findRequestedRuns(platform, tenant, [runId]);
  const row = requested?.row;
  if (!row || row.state === 'skipped') return { id, reason: 'run not found' };
  if (!dryRun) await sendEnd(platform, row);
  return { id, new_run_id: null, delivery: null };
}

async function resendNotification(
  platform: Platform,
  tenant: TenantId,
  id: string,
  delivery: string,
  dryRun: boolean,
): Promise<ReplayOutcome> {
  const found = await getDelivery(platform.db, tenant, delivery, platform.now());
  if (!found) return { id, reason: 'delivery not found' };
  if (found.state === 'delivered') return { id, reason: 'already delivered' };
  if (!dryRun) await retryDelivery(platform, found);
  return { id, new_run_id: null, delivery };
}

const toDeadLetterView = (deadLetter: DeadLetter): DeadLetterView => ({
  id: deadLetter.id,
  kind: deadLetter.kind,
  sent_at: deadLetter.sentAt,
  given_up_at: deadLetter.at,
  cause: deadLetter.cause,
  job_id: deadLetter.jobId,
  run_id: deadLetter.runId,
  scheduled_at: deadLetter.scheduledAt,
  task: deadLetter.task,
  delivery_id: deadLetter.delivery,
});

export const deadLetterRoutes = [listRoute, getRoute, replayRoute];
