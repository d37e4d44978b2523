import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { endNotice, lateNotice, type Notice } from '../../domain/notification/delivery.ts';
import { isTerminal } from '../../domain/run.ts';
import { toRun } from '../../store/run-item.ts';

/**
 * Converts a stream record of the Runs table to notices: one for the run's terminal transition, and one for each
 * lateness that was flagged. New rows, removed rows, other changes and restored backups give none.
 *
 * @throws Error if the record is not a run
 */
export function toNotices({ dynamodb }: DynamoDBRecord): Notice[] {
  const { OldImage, NewImage } = dynamodb ?? {};
  if (!OldImage || !NewImage) return [];
  const [before, after] = [OldImage, NewImage].map((image) =>
    toRun(unmarshall(image as Parameters<typeof unmarshall>[0])),
  );
  if (!before || !after || isTerminal(before.state)) return [];
  const ended = endNotice(after);
  return [
    ...(after.lateStartAt && !before.lateStartAt ? [lateNotice(after, 'late_start', after.lateStartAt)] : []),
    ...(after.lateFinishAt && !before.lateFinishAt ? [lateNotice(after, 'late_finish', after.lateFinishAt)] : []),
    ...(ended ? [ended] : []),
  ];
}
