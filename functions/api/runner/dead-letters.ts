import * as z from 'zod';
import { DEAD_LETTER_KINDS, type DeadLetter } from '../../core/domain/dead-letter.ts';
import { InvalidInput, JobdeckError } from '../../core/domain/errors.ts';
import { isUlid, publicRunId, ulidTime } from '../../core/domain/run-id.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import { retryDelivery } from '../../core/engine/retry-delivery.ts';
import type { Platform } from '../../core/platform/platform.ts';
import {
  type DeadLettersQuery,
  getDeadLetter,
  getDeadLetters,
  listDeadLetters,
} from '../../core/store/dead-letters.ts';
import { getDelivery } from '../../core/store/deliveries.ts';
import { operation } from '../http/operation.ts';
import { fields, flag, integer, listOf, oneOf, orDefault, time } from '../http/shapes.ts';
import { redriveAll } from './redrive.ts';
import { limit } from './runs-query.ts';
import { findRows, REST_MS } from './selection.ts';

/** Letters that one request replays. */
const MOST = 500;
const DEFAULT_LIMIT = 100;

/** Before and after every ULID. */
const [FIRST, LAST] = ['0', 'Z'];

const letterId = () => z.string().refine(isUlid, { error: 'must be the id of a dead letter' });

const listQuery = fields(
  { limit, kind: orDefault(oneOf(DEAD_LETTER_KINDS), null), before: orDefault(letterId(), null) },
  'query parameter',
);

/** Messages about the tenant's runs that were given up, by when they were sent, newest first. */
export const listLetters = ({ db, now }: Pick<Platform, 'db' | 'now'>) =>
  operation({
    query: listQuery,
    async handle({ caller: { tenant }, query: { limit, kind, before } }) {
      const wanted = { kind, limit, after: FIRST, before: before ?? LAST, newestFirst: true, now: now() };
      const letters = await listDeadLetters(db, tenant, wanted);
      return { status: 200, body: { dead_letters: letters.map(deadLetterView) } };
    },
  });

/** A letter, and what has become of what it is of. */
export const getLetter = (platform: Pick<Platform, 'db' | 'now'>) =>
  operation({
    async handle({ caller: { tenant }, params: { id = '' } }) {
      const { db, now } = platform;
      const letter = isUlid(id) ? await getDeadLetter(db, tenant, id, now()) : undefined;
      if (!letter) throw new JobdeckError('not_found', 'dead_letter.not_found', 'Dead letter not found');
      return {
        status: 200,
        body: { dead_letter: { ...deadLetterView(letter), state: await stateOf(platform, letter) } },
      };
    },
  });

/** The state of the run or the delivery; null: it is gone. */
async function stateOf({ db, now }: Pick<Platform, 'db' | 'now'>, letter: DeadLetter): Promise<string | null> {
  const { tenant, delivery, runId } = letter;
  if (delivery !== null) return (await getDelivery(db, tenant, delivery, now()))?.state ?? null;
  const [named] = await findRows({ db, now }, tenant, [runId]);
  const row = named?.row;
  if (!row) return null;
  return row.state === 'skipped' ? row.reason : row.state;
}

const selection = fields({
  ids: orDefault(listOf(letterId(), MOST, 1), null),
  kind: orDefault(oneOf(DEAD_LETTER_KINDS), null),
  since: orDefault(time(), null),
  until: orDefault(time(), null),
  limit: orDefault(integer(1, MOST), DEFAULT_LIMIT),
  dry_run: orDefault(flag(), false),
});

type Selection = z.output<typeof selection>;

/**
 * Does what the letters were about: a run that failed, or a tick that was missed, is run again, at most once; a
 * notification is sent again unless it was delivered. Asked for again, it does nothing twice. `left`: there are more.
 */
export const replayLetters = (platform: Platform) =>
  operation({
    body: selection,
    async handle({ caller, body, remainingMs }) {
      const hasTime = () => remainingMs() > REST_MS;
      const { letters, missing } = await choose(platform, caller.tenant, body);
      const acknowledgedBy = caller.name;
      const outcomes = await replayAll(platform, letters, { dryRun: body.dry_run, acknowledgedBy, hasTime });
      const done = letters.flatMap((letter) => outcomes.get(letter.id) ?? []);
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
          left: letters.length - done.length,
          dry_run: body.dry_run,
        },
      };
    },
  });

async function choose(
  { db, now }: Pick<Platform, 'db' | 'now'>,
  tenant: TenantId,
  { ids, kind, since, until, limit }: Selection,
): Promise<{ readonly letters: readonly DeadLetter[]; readonly missing: readonly string[] }> {
  if (ids) {
    const filters = Object.entries({ kind, since, until }).filter(([, value]) => value !== null);
    if (filters.length > 0) {
      throw new InvalidInput('ids', `name the letters; leave out ${filters.map(([name]) => name).join(', ')}`);
    }
    const wanted = [...new Set(ids)];
    const found = await getDeadLetters(db, tenant, wanted, now());
    return { letters: [...found.values()], missing: wanted.filter((id) => !found.has(id)) };
  }
  if (kind === null && since === null && until === null) {
    throw new InvalidInput('body', 'must choose dead letters: by ids, or by kind, since or until');
  }
  const query: DeadLettersQuery = {
    kind,
    after: since === null ? FIRST : ulidTime(Date.parse(since)),
    before: until === null ? LAST : ulidTime(Date.parse(until) + 1),
    newestFirst: false,
    limit,
    now: now(),
  };
  return { letters: await listDeadLetters(db, tenant, query), missing: [] };
}

type Outcome =
  | { readonly id: string; readonly new_run_id: string | null; readonly delivery: string | null }
  | { readonly id: string; readonly reason: string };

interface ReplayOptions {
  readonly dryRun: boolean;
  readonly acknowledgedBy: string;
  readonly hasTime: () => boolean;
}

/** What came of each, by its id; those that time was too short for are not in it. */
async function replayAll(
  platform: Platform,
  letters: readonly DeadLetter[],
  { dryRun, acknowledgedBy, hasTime }: ReplayOptions,
): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const tenant = letters[0]?.tenant;
  if (tenant === undefined) return outcomes;
  const ofRuns = letters.filter(({ delivery }) => delivery === null);
  const named = await findRows(
    platform,
    tenant,
    ofRuns.map(({ runId }) => runId),
  );
  const redriven = await redriveAll(platform, named, { dryRun, acknowledgedBy }, hasTime);
  const told = new Set<string>();
  for (const { id, runId } of ofRuns) {
    const outcome = redriven.get(runId);
    if (!outcome) continue;
    // Several messages of one run may have been given up: it is run again once.
    if (outcome.kind === 'skipped') outcomes.set(id, { id, reason: outcome.reason });
    else if (told.has(runId)) outcomes.set(id, { id, reason: 'another dead letter is of the same run' });
    else outcomes.set(id, { id, new_run_id: outcome.by && publicRunId(outcome.by), delivery: null });
    told.add(runId);
  }
  for (const letter of letters) {
    if (letter.delivery === null || !hasTime()) continue;
    outcomes.set(letter.id, await sendAgain(platform, letter.tenant, letter.id, letter.delivery, dryRun));
  }
  return outcomes;
}

async function sendAgain(
  platform: Platform,
  tenant: TenantId,
  id: string,
  delivery: string,
  dryRun: boolean,
): Promise<Outcome> {
  const found = await getDelivery(platform.db, tenant, delivery, platform.now());
  if (!found) return { id, reason: 'delivery not found' };
  if (found.state === 'delivered') return { id, reason: 'was delivered' };
  if (!dryRun) await retryDelivery(platform, found);
  return { id, new_run_id: null, delivery };
}

export const deadLetterView = ({
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
