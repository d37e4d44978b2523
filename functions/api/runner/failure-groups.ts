import * as z from 'zod';
import { type FailureCause, toFailureCause } from '../../core/domain/failure-cause.ts';
import type { Run } from '../../core/domain/run.ts';
import { publicRunId } from '../../core/domain/run-id.ts';
import { lazy, type ViewOf } from '../http/route.ts';
import { namedSchema, nonNegativeInteger, timestamp } from '../openapi/common-schemas.ts';

/** Run ids listed for each group. */
const MAX_SAMPLE_RUNS = 10;
/** Jobs listed for each message. */
const MAX_JOBS = 10;

const groupFields = () => ({
  kind: z.enum(['error', 'timeout', 'lost']),
  message: z.string().describe('Failure message of the newest run.'),
  count: nonNegativeInteger(),
  newest: timestamp().nullable().describe('Failure time of the newest run.'),
  oldest: timestamp().nullable().describe('Failure time of the oldest run.'),
  run_ids: z.array(z.string()).describe('The ten newest runs.'),
});

export const cause = lazy(() =>
  namedSchema('RunnerCause', z.object({ cause: z.string(), job_id: z.string(), ...groupFields() })),
);
/** Failed runs of one job with the same cause. */
export type CauseView = ViewOf<typeof cause>;

export const failureMessage = lazy(() =>
  namedSchema(
    'RunnerFailureMessage',
    z.object({
      message_id: z.string(),
      ...groupFields(),
      job_count: nonNegativeInteger(),
      jobs: z
        .array(z.object({ job_id: z.string(), cause: z.string(), count: nonNegativeInteger() }))
        .describe('The ten jobs with the most of these runs.'),
    }),
  ),
);
/** Failed runs of any job with the same kind and message. */
export type MessageView = ViewOf<typeof failureMessage>;

/** The groups on one page: the position after which the page starts and its maximum length. */
export interface GroupRange {
  /** The `next` of the previous page; `null` for the first page. */
  readonly after: string | null;
  readonly limit: number;
}

/** A page of groups, largest first. Groups of equal size are ordered by their newest run, newest first. */
export interface GroupPage<View> {
  readonly views: readonly View[];
  /** Groups on all pages. */
  readonly total: number;
  /** Runs in the groups after this page. */
  readonly left: number;
  /** The position of the last group on this page; `null` on the last page. */
  readonly next: string | null;
}

/**
 * Groups runs by cause.
 *
 * @param runs newest first
 */
export const groupByCause = (runs: readonly Run[], range: GroupRange): GroupPage<CauseView> =>
  toGroupPage(groupRuns(runs, 'id'), range, toCauseView);

/**
 * Groups runs of all jobs by kind and message.
 *
 * @param runs newest first
 */
export const groupByMessage = (runs: readonly Run[], range: GroupRange): GroupPage<MessageView> =>
  toGroupPage(groupRuns(runs, 'messageId'), range, toMessageView);

interface Group {
  /** The cause of the newest run. */
  readonly cause: FailureCause;
  /** Newest first. */
  readonly runs: Run[];
}

function groupRuns(runs: readonly Run[], by: 'id' | 'messageId'): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const run of runs) {
    const cause = toFailureCause(run);
    const group = groups.get(cause[by]) ?? { cause, runs: [] };
    group.runs.push(run);
    groups.set(cause[by], group);
  }
  return [...groups.values()].sort((a, b) => comparePositions(positionOf(a), positionOf(b)));
}

/** The sort key of a group: its size, the creation time of its newest run, and a unique id. */
type GroupPosition = readonly [count: number, made: string, id: string];

const positionOf = ({ cause, runs }: Group): GroupPosition => [runs.length, runs[0]?.createdAt ?? '', cause.id];

const comparePositions = ([count, made, id]: GroupPosition, [otherCount, otherMade, otherId]: GroupPosition): number =>
  otherCount - count || compareText(otherMade, made) || compareText(id, otherId);

const compareText = (a: string, b: string): number => Number(a > b) - Number(a < b);

/** Format of `next`: the size of the last group, the creation time of its newest run, and its id. */
export const GROUP_CURSOR = /^(\d{1,9})~(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)~([0-9a-f]{12})$/;

function parseGroupPosition(text: string): GroupPosition {
  const [, count = '', made = '', id = ''] = GROUP_CURSOR.exec(text) ?? [];
  return [Number(count), made, id];
}

function toGroupPage<View>(groups: readonly Group[], { after, limit }: GroupRange, toView: (group: Group) => View) {
  const place = after === null ? undefined : parseGroupPosition(after);
  const following = place ? groups.filter((group) => comparePositions(positionOf(group), place) > 0) : groups;
  const shown = following.slice(0, limit);
  const rest = following.slice(limit);
  const last = rest.length > 0 ? shown.at(-1) : undefined;
  return {
    views: shown.map(toView),
    total: groups.length,
    left: rest.reduce((sum, { runs }) => sum + runs.length, 0),
    next: last ? positionOf(last).join('~') : null,
  };
}

const toCauseView = (group: Group): CauseView => ({
  cause: group.cause.id,
  job_id: group.runs[0]?.jobId ?? '',
  ...toFailureGroup(group),
});

function toMessageView(group: Group): MessageView {
  const jobs = groupRuns(group.runs, 'id').map(toCauseView);
  return {
    message_id: group.cause.messageId,
    ...toFailureGroup(group),
    job_count: jobs.length,
    jobs: jobs.slice(0, MAX_JOBS).map(({ job_id, cause, count }) => ({ job_id, cause, count })),
  };
}

function toFailureGroup({ cause, runs }: Group) {
  const times = runs.flatMap(({ finishedAt }) => finishedAt ?? []).sort();
  return {
    kind: runs[0]?.failure?.kind ?? 'error',
    message: cause.message,
    count: runs.length,
    newest: times.at(-1) ?? null,
    oldest: times[0] ?? null,
    run_ids: runs.slice(0, MAX_SAMPLE_RUNS).map(publicRunId),
  };
}
