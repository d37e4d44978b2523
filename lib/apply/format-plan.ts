import { truncateWithEllipsis, withoutDirectionControls } from '../../functions/core/domain/text.ts';
import type { FieldChange } from './definition-changes.ts';
import { type Action, idOf, type Plan } from './plan.ts';

/** Characters of a value in a plan. */
const MAX_VALUE_LENGTH = 160;

const SYMBOLS = { create: '+', change: '~', adopt: '>', delete: '-' } as const;
/** Fields of a new job that are shown although they have no default to differ from. */
const SUMMARY = ['type', 'schedule', 'timezone'] as const;

/**
 * Formats the plan of a tenant: the totals, then each job with its changed fields.
 *
 * @param others numbers of changes of other things than jobs: `1 hook`
 */
export function formatPlan(tenant: string, plan: Plan, others: readonly string[] = []): string {
  const lines = plan.actions.flatMap((action) => [heading(action), ...details(action).map((line) => `      ${line}`)]);
  const kept = plan.kept.map((id) => `  ! ${id} is no longer declared; --prune deletes it`);
  return [`Tenant ${tenant}: ${formatTotals(plan, others)}`, ...lines, ...kept].join('\n');
}

/** Returns the totals, for example `1 to create, 2 to change, 5 unchanged, 1 hook`. */
export function formatTotals({ actions, unchanged }: Plan, others: readonly string[]): string {
  const counts = (['create', 'change', 'adopt', 'delete'] as const)
    .map((kind) => [actions.filter((action) => action.kind === kind).length, kind] as const)
    .filter(([count]) => count > 0)
    .map(([count, kind]) => `${count} to ${kind}`);
  const isNothing = counts.length + others.length === 0;
  return [...(isNothing ? ['no changes'] : counts), `${unchanged} unchanged`, ...others].join(', ');
}

function heading(action: Action): string {
  const drift = action.kind !== 'create' && action.drifted ? ' (drift: changed by hand since the last apply)' : '';
  const file = action.kind === 'delete' ? '' : ` (${action.job.file})`;
  return `  ${SYMBOLS[action.kind]} ${action.kind} ${idOf(action)}${file}${drift}`;
}

function details(action: Action): readonly string[] {
  switch (action.kind) {
    case 'create':
      return SUMMARY.map((name) => `${name}: ${formatValue(action.job.definition[name])}`);
    case 'delete':
      return [];
    case 'change':
    case 'adopt':
      return action.changes.map(formatChange);
  }
}

/** Formats a changed field, for example `enabled: 0 → 1`. */
export const formatChange = ({ field, before, after }: FieldChange): string =>
  `${printable(field)}: ${formatValue(before)} → ${formatValue(after)}`;

/** Formats a value as JSON in one line. Control characters are escaped. */
const formatValue = (value: unknown): string =>
  value === undefined ? '(none)' : truncateWithEllipsis(printable(JSON.stringify(value)), MAX_VALUE_LENGTH);

/** Texts of tenants must not control the terminal. */
const printable = (text: string): string => withoutDirectionControls(text).replaceAll(/\p{Cc}+/gu, ' ');
