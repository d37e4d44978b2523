/** Requests and responses of the runner and integrations APIs. Response types derive from the schemas of the API. */

import type { ApiKeyView } from '../../../api/administration/api-keys.ts';
import type { RecordView } from '../../../api/administration/audit-trail.ts';
import type { DefaultsView } from '../../../api/administration/notifications.ts';
import type { SecretView } from '../../../api/administration/secrets.ts';
import type { UsageView } from '../../../api/administration/usage.ts';
import type { DefinitionView } from '../../../api/definition/definition-view.ts';
import type { MetricsView } from '../../../api/integrations/metrics.ts';
import type { MinuteView } from '../../../api/integrations/minutes.ts';
import type { AcknowledgeResultView } from '../../../api/runner/acknowledgements.ts';
import type { SlotView } from '../../../api/runner/activity.ts';
import type { AttemptView } from '../../../api/runner/attempts-view.ts';
import type { BackfillView } from '../../../api/runner/backfills.ts';
import type { BulkResultView } from '../../../api/runner/bulk.ts';
import type { CalendarView, ListedCalendarView } from '../../../api/runner/calendars.ts';
import type { DeadLetterView, ReplayResultView } from '../../../api/runner/dead-letter.ts';
import type { CauseView, GroupPage, MessageView } from '../../../api/runner/failure-groups.ts';
import type { HookView } from '../../../api/runner/hooks.ts';
import type { JobVersionView } from '../../../api/runner/job-versions.ts';
import type { JobView, ListedJobView } from '../../../api/runner/job-view.ts';
import type { RedriveResultView } from '../../../api/runner/redrive.ts';
import type { RunStatus } from '../../../api/runner/run-status.ts';
import type { RunTree } from '../../../api/runner/run-tree.ts';
import type { RunView } from '../../../api/runner/run-view.ts';
import type { RunWithOutputView } from '../../../api/runner/runs.ts';
import type { StatsView } from '../../../api/runner/stats.ts';
import type { TargetView } from '../../../api/runner/targets.ts';

export type { RunStatus };
export type Definition = DefinitionView;
export type Job = JobView;
export type ListedJob = ListedJobView;
export type JobVersion = JobVersionView;
export type Run = RunView;
export type Attempt = AttemptView;
export type RunWithOutput = RunWithOutputView;
export type FailureCause = CauseView;
export type FailureMessage = MessageView;
export type RedriveResult = RedriveResultView;
export type BulkResult = BulkResultView;
export type NotificationSettings = DefaultsView;
export type AcknowledgeResult = AcknowledgeResultView;
export type Metrics = MetricsView;
export type Minute = MinuteView;
export type ActivitySlot = SlotView;
export type AuditRecord = RecordView;
export type DeadLetter = DeadLetterView;
export type ReplayResult = ReplayResultView;
export type Stats = StatsView;
export type ApiKey = ApiKeyView;
export type Secret = SecretView;
export type Hook = HookView;
/** The definition of a hook. */
export interface NewHook extends Pick<Hook, 'job' | 'scheme'> {
  readonly secret?: string;
  readonly name?: string;
  readonly description?: string;
}

/** The usage in a day or a month. */
export type UsagePeriod = UsageView['usage'][number];

export type Backfill = BackfillView;
export type Target = TargetView;
export type Calendar = CalendarView;
export type ListedCalendar = ListedCalendarView;
/** A run with those that started because of it. */
export type ChainedRun = RunTree;

/** The chain that contains a run, from its first run. */
export interface Chain extends ChainedRun {
  /** `true` if the chain has more runs than the response. */
  readonly truncated: boolean;
}

/** Totals of `GET /failures?group=…`. */
export interface GroupTotals extends Pick<GroupPage<unknown>, 'total' | 'left'> {
  /** Number of failed runs in all groups. */
  readonly runs: number;
}

/** Selects failed runs by id, or all runs of a group. */
export type FailedRunsSelector =
  | { readonly run_ids: readonly string[] }
  | { readonly cause: string }
  | { readonly message_id: string };

/** Failed runs to acknowledge. `before` (ISO 8601) excludes runs that failed at or after that time. */
export type AcknowledgeSelector = FailedRunsSelector & { readonly before?: string };
