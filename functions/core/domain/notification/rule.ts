import { InvalidInput } from '../errors.ts';
import type { Run } from '../run.ts';
import { type DestinationRules, NO_NOTIFICATION, validateDestination } from './destination.ts';
import type { NotificationKind } from './kind.ts';

/** Events of a rule. `late` covers late starts and late ends. */
export const RULE_EVENTS = ['failure', 'success', 'late', 'recovered'] as const;
export type RuleEvent = (typeof RULE_EVENTS)[number];

/** Maximum number of rules of a tenant: the notifier reads all of them with each event. */
export const MAX_RULES = 20;
/** Maximum of `consecutiveFailures`. */
export const MAX_CONSECUTIVE_FAILURES = 20;

/** A rule of a tenant that notifies a destination of events of several jobs, beside the destinations of the jobs. */
export interface NotificationRule {
  /** Unique within the tenant. Part of keys. */
  readonly name: string;
  /** Matches jobs with this tag; null for any. */
  readonly tag: string | null;
  /** Matches the job with this id; null for any. */
  readonly job: string | null;
  readonly on: readonly RuleEvent[];
  /**
   * Failures in a row, 1–20, with which a failure is reported, and after which a success is a recovery. A canceled run
   * neither counts nor ends a row.
   */
  readonly consecutiveFailures: number;
  readonly to: string;
}

/** The part of a job that rules match. */
export interface MatchedJob {
  readonly id: string;
  readonly tags: readonly string[];
}

const matchesJob = ({ tag, job }: NotificationRule, { id, tags }: MatchedJob): boolean =>
  (job === null || job === id) && (tag === null || tags.includes(tag));

const EVENTS_BY_KIND: Readonly<Record<NotificationKind, readonly RuleEvent[]>> = {
  failure: ['failure'],
  success: ['recovered', 'success'],
  recovered: ['recovered'],
  late_start: ['late'],
  late_finish: ['late'],
};

/** Returns the rules that may report an event of the job. */
export const rulesFor = (
  rules: readonly NotificationRule[],
  job: MatchedJob,
  kind: NotificationKind,
): readonly NotificationRule[] =>
  rules.filter((rule) => matchesJob(rule, job) && EVENTS_BY_KIND[kind].some((event) => rule.on.includes(event)));

/** @returns whether the decision about the event depends on earlier runs of the job */
export const needsHistory = ({ on, consecutiveFailures }: NotificationRule, kind: NotificationKind): boolean =>
  kind === 'failure' ? consecutiveFailures > 1 : kind === 'success' && on.includes('recovered');

/**
 * Returns the kind of the notification by which a rule reports an event, or `null` if the rule does not report it. A
 * recovery is reported as such and not as a success, too.
 *
 * @param failuresBefore number of failures in a row that ended right before the run
 */
export function reportedKind(
  { on, consecutiveFailures }: NotificationRule,
  kind: NotificationKind,
  failuresBefore: number,
): NotificationKind | null {
  switch (kind) {
    case 'failure':
      return failuresBefore + 1 >= consecutiveFailures ? kind : null;
    case 'success':
      if (on.includes('recovered') && failuresBefore >= consecutiveFailures) return 'recovered';
      return on.includes('success') ? kind : null;
    case 'recovered':
    case 'late_start':
    case 'late_finish':
      return kind;
  }
}

/**
 * Counts the failures in a row before a run.
 *
 * @param earlier runs that were created before the run, newest first
 * @param finishedAt end of the run: runs that ended later do not count, so that a repetition counts the same
 */
export function countFailuresBefore(earlier: readonly Pick<Run, 'state' | 'finishedAt'>[], finishedAt: string): number {
  const ended = earlier.filter(
    (run) =>
      (run.state === 'completed' || run.state === 'failed') && (run.finishedAt ?? '') <= finishedAt && run.finishedAt,
  );
  const success = ended.findIndex(({ state }) => state === 'completed');
  return success < 0 ? ended.length : success;
}

/**
 * Validates rules. Errors name fields as requests do.
 *
 * @throws InvalidInput
 */
export function validateRules(rules: readonly NotificationRule[], context: DestinationRules): void {
  const names = new Set<string>();
  for (const [index, { name, to }] of rules.entries()) {
    const field = (of: string) => `rules[${index}].${of}`;
    if (names.has(name)) throw new InvalidInput(field('name'), `must be unique, got '${name}' twice`);
    names.add(name);
    if (to === NO_NOTIFICATION) throw new InvalidInput(field('to'), "must be a destination, got 'none'");
    validateDestination(field('to'), to, context);
  }
}
