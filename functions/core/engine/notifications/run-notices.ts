import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { endNotice, lateNotice, type Notice } from '../../domain/notification/delivery.ts';
import { isTerminal } from '../../domain/run.ts';
import { toRun } from '../../store/run-item.ts';

/**
 * What a stream record of the Runs table gives notice of: a run's one terminal transition, and that it was found to be
 * late, with its start or its end. Rows that come, go, or change otherwise give none, nor do rows that were restored from a backup.
 *
 * @throws Error when it is none of a run
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
