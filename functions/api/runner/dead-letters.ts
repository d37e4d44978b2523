import * as z from 'zod';
import { DEAD_LETTER_KINDS, type DeadLetter } from '../../core/domain/dead-letter.ts';
import { InvalidInput, JobdeckError } from '../../core/domain/errors.ts';
import { encodeUlidTime, isUlid, publicRunId } from '../../core/domain/run-id.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import { retryDelivery } from '../../core/engine/notifications/retry-delivery.ts';
import type { Platform } from '../../core/platform/platform.ts';
import {
  type DeadLetterQuery,
  getDeadLetter,
  getDeadLetterMap,
  listDeadLetterPage,
} from '../../core/store/dead-letter.ts';
import { getDelivery } from '../../core/store/deliveries.ts';
import { flag, inputObject, integer, listOf, oneOf, orDefault, time } from '../http/input-schemas.ts';
import { operation } from '../http/operation.ts';
import { redriveAll } from './redrive.ts';
import { findRequestedRuns, RESPONSE_RESERVE_MS } from './run-selection.ts';
import { limit } from './runs-query.ts';

/** Maximum dead letters that one request replays. */
const MAX_DEAD_LETTERS = 500;
const DEFAULT_LIMIT = 100;

/** Bounds that sort before and after every ULID. */
const [ULID_MIN, ULID_MAX] = ['0', 'Z'];

const deadLetterId = () => z.string().refine(isUlid, { error: 'must be the id of a dead letter' });

const listQuery = inputObject(
  { limit, kind: orDefault(oneOf(DEAD_LETTER_KINDS), null), before: orDefault(deadLetterId(), null) },
  'query parameter',
);

/** Lists the tenant's dead letters by the time at which their messages were sent, newest first. */
export const listLetters = ({ db, now }: Pick<Platform, 'db' | 'now'>) =>
  operation({
    query: listQuery,
    async handle({ caller: { tenant }, query: { limit, kind, before } }) {
      const wanted = { kind, limit, after: ULID_MIN, before: before ?? ULID_MAX, newestFirst: true, now: now() };
      const deadLetters = await listDeadLetterPage(db, tenant, wanted);
      return { status: 200, body: { dead_letters: deadLetters.map(toDeadLetterView) } };
    },
  });

/** Returns a dead letter with the current state of its run or delivery. */
export const getLetter = (platform: Pick<Platform, 'db' | 'now'>) =>
  operation({
    async handle({ caller: { tenant }, params: { id = '' } }) {
      const { db, now } = platform;
      const deadLetter = isUlid(id) ? await getDeadLetter(db, tenant, id, now()) : undefined;
      if (!deadLetter) throw new JobdeckError('not_found', 'dead_letter.not_found', 'Dead letter not found');
      return {
        status: 200,
        body: { dead_letter: { ...toDeadLetterView(deadLetter), state: await findState(platform, deadLetter) } },
      };
    },
  });

/** @returns the state of the run or delivery, or `null` if it no longer exists */
async function findState({ db, now }: Pick<Platform, 'db' | 'now'>, deadLetter: DeadLetter): Promise<string | null> {
  const { tenant, delivery, runId } = deadLetter;
  if (delivery !== null) return (await getDelivery(db, tenant, delivery, now()))?.state ?? null;
  const [named] = await findRequestedRuns({ db, now }, tenant, [runId]);
  const row = named?.row;
  if (!row) return null;
  return row.state === 'skipped' ? row.reason : row.state;
}

const replayBody = inputObject({
  ids: orDefault(listOf(deadLetterId(), MAX_DEAD_LETTERS, 1), null),
  kind: orDefault(oneOf(DEAD_LETTER_KINDS), null),
  since: orDefault(time(), null),
  until: orDefault(time(), null),
  limit: orDefault(integer(1, MAX_DEAD_LETTERS), DEFAULT_LIMIT),
  dry_run: orDefault(flag(), false),
});

type ReplayBody = z.output<typeof replayBody>;

/**
 * Repeats the work of dead letters. A failed run or missed tick is redriven at most once; a notification is sent again
 * unless it was delivered. Repeating the request has no further effect. `left` counts the dead letters that remain.
 */
export const replayLetters = (platform: Platform) =>
  operation({
    body: replayBody,
    async handle({ caller, body, remainingMs }) {
      const hasTime = () => remainingMs() > RESPONSE_RESERVE_MS;
      const { letters: deadLetters, missing } = await selectDeadLetters(platform, caller.tenant, body);
      const acknowledgedBy = caller.name;
      const outcomes = await replayAll(platform, deadLetters, { dryRun: body.dry_run, acknowledgedBy, hasTime });
      const done = deadLetters.flatMap((deadLetter) => outcomes.get(deadLetter.id) ?? []);
      const replayed = done.flatMap((outcome) => ('reason' in outcome ? [] : [outcome]));
      return {
        status: 200,
        targets: body.dry_run
          ? []
          : replayed.flatMap(({ id, new_run_id }) => [id, ...(new_run_id ? [new_run_id] : [])]),
        body: {
          matched: done.length + missing.length,
          replayed,
          skipped: [
            ...done.flatMap((outcome) => ('reason' in outcome ? [outcome] : [])),
            ...missing.map((id) => ({ id, reason: 'dead letter not found' })),
          ],
          left: deadLetters.length - done.length,
          dry_run: body.dry_run,
        },
      };
    },
  });

async function selectDeadLetters(
  { db, now }: Pick<Platform, 'db' | 'now'>,
  tenant: TenantId,
  { ids, kind, since, until, limit }: ReplayBody,
): Promise<{ readonly letters: readonly DeadLetter[]; readonly missing: readonly string[] }> {
  if (ids) {
    const filters = Object.entries({ kind, since, until }).filter(([, value]) => value !== null);
    if (filters.length > 0) {
      throw new InvalidInput('ids', `name the letters; leave out ${filters.map(([name]) => name).join(', ')}`);
    }
    const wanted = [...new Set(ids)];
    const found = await getDeadLetterMap(db, tenant, wanted, now());
    return { letters: [...found.values()], missing: wanted.filter((id) => !found.has(id)) };
  }
  if (kind === null && since === null && until === null) {
    throw new InvalidInput('body', 'must choose dead letters: by ids, or by kind, since or until');
  }
  const query: DeadLetterQuery = {
    kind,
    after: since === null ? ULID_MIN : encodeUlidTime(Date.parse(since)),
    before: until === null ? ULID_MAX : encodeUlidTime(Date.parse(until) + 1),
    newestFirst: false,
    limit,
    now: now(),
  };
  return { letters: await listDeadLetterPage(db, tenant, query), missing: [] };
}

type ReplayOutcome =
  | { readonly id: string; readonly new_run_id: string | null; readonly delivery: string | null }
  | { readonly id: string; readonly reason: string };

interface ReplayOptions {
  readonly dryRun: boolean;
  readonly acknowledgedBy: string;
  readonly hasTime: () => boolean;
}

/** @returns the outcomes by dead letter id; dead letters that were not processed in time are missing */
async function replayAll(
  platform: Platform,
  deadLetters: readonly DeadLetter[],
  { dryRun, acknowledgedBy, hasTime }: ReplayOptions,
): Promise<ReadonlyMap<string, ReplayOutcome>> {
  const outcomes = new Map<string, ReplayOutcome>();
  const tenant = deadLetters[0]?.tenant;
  if (tenant === undefined) return outcomes;
  const runDeadLetters = deadLetters.filter(({ delivery }) => delivery === null);
  const named = await findRequestedRuns(
    platform,
    tenant,
    runDeadLetters.map(({ runId }) => runId),
  );
  const redriven = await redriveAll(platform, named, { dryRun, acknowledgedBy }, hasTime);
  const handledRunIds = new Set<string>();
  for (const { id, runId } of runDeadLetters) {
    const outcome = redriven.get(runId);
    if (!outcome) continue;
    // Several dead letters may concern one run, which is redriven once.
    if (outcome.kind === 'skipped') outcomes.set(id, { id, reason: outcome.reason });
    else if (handledRunIds.has(runId)) outcomes.set(id, { id, reason: 'another dead letter is of the same run' });
    else outcomes.set(id, { id, new_run_id: outcome.by && publicRunId(outcome.by), delivery: null });
    handledRunIds.add(runId);
  }
  for (const deadLetter of deadLetters) {
    if (deadLetter.delivery === null || !hasTime()) continue;
    outcomes.set(
      deadLetter.id,
      await resendNotification(platform, deadLetter.tenant, deadLetter.id, deadLetter.delivery, dryRun),
    );
  }
  return outcomes;
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
  if (found.state === 'delivered') return { id, reason: 'was delivered' };
  if (!dryRun) await retryDelivery(platform, found);
  return { id, new_run_id: null, delivery };
}

export const toDeadLetterView = ({
  id,
  kind,
  sentAt,
  at,
  cause,
  jobId,
  runId,
  scheduledAt,
  task,
  delivery,
}: DeadLetter) => ({
  id,
  kind,
  sent_at: sentAt,
  given_up_at: at,
  cause,
  job_id: jobId,
  run_id: runId,
  scheduled_at: scheduledAt,
  task,
  delivery_id: delivery,
});
