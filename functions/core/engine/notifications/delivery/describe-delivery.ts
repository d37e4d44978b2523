import type { Delivery } from '../../../domain/notification/delivery.ts';
import type { NotificationKind } from '../../../domain/notification/kind.ts';

const OUTCOMES = {
  failure: 'failed',
  success: 'completed',
  recovered: 'recovered',
  late_start: 'is late to start',
  late_finish: 'is late to end',
} as const satisfies Record<NotificationKind, string>;

/**
 * Describes the newest run of a notification in a sentence without markup: `Sync Email failed: exit code 3`.
 *
 * @param options `withReason`: appends the reason of a failure. @defaultValue true
 */
export function describeDelivery(
  { jobName, kind, run, runs, folded, since }: Delivery,
  { withReason = true }: { readonly withReason?: boolean } = {},
): string {
  const outcome = run.status === 'timeout' ? 'timed out' : OUTCOMES[kind];
  const many = folded || runs > 1 ? ` (${runs}${folded ? ' more' : ''} since ${since.slice(11, 16)} UTC)` : '';
  const reason = withReason && kind === 'failure' && run.reason ? `: ${run.reason}` : '';
  return `${jobName} ${outcome}${many}${reason}`;
}

/** Describes the newest run of a notification: `Run 12, attempt 2`. */
export const runFacts = ({ run: { number, attempt } }: Delivery): string =>
  [`Run ${number}`, ...(attempt > 1 ? [`attempt ${attempt}`] : [])].join(', ');
