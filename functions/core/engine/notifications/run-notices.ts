import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { endNotice, lateNotice, type Notice } from '../../domain/notification/delivery.ts';
import { isTerminal, type Run } from '../../domain/run.ts';
import { toRun } from '../../store/run-item.ts';

/** Returns the run that ended by a change of the Runs table, or nothing. */
export function findEndedRun(record: DynamoDBRecord): Run[] {
  const { before, after } = parseChange(record) ?? {};
  return before && after && !isTerminal(before.state) && isTerminal(after.state) ? [after] : [];
}

/**
 * Converts a stream record of the Runs table to notices: one for the run's terminal transition, and one for each
 * lateness that was flagged. New rows, removed rows, other changes and restored backups give none.
 *
 * @throws Error if the record is not a run
 */
export function toNotices(record: DynamoDBRecord): Notice[] {
  const { before, after } = parseChange(record) ?? {};
  if (!before || !after || isTerminal(before.state)) return [];
  const ended = endNotice(after);
  return [
    ...(after.lateStartAt && !before.lateStartAt ? [lateNotice(after, 'late_start', after.lateStartAt)] : []),
    ...(after.lateFinishAt && !before.lateFinishAt ? [lateNotice(after, 'late_finish', after.lateFinishAt)] : []),
    ...(ended ? [ended] : []),
  ];
}

/** @returns the run before and after the change, or `undefined` for a new or removed row */
function parseChange({ dynamodb }: DynamoDBRecord) {
  const { OldImage, NewImage } = dynamodb ?? {};
  if (!OldImage || !NewImage) return undefined;
  const [before, after] = [OldImage, NewImage].map((image) =>
    toRun(unmarshall(image as Parameters<typeof unmarshall>[0])),
  );
  return { before, after };
}
