import type { RunStatus } from '../api/types.ts';

/** Formats an operation: `createApiKey` becomes `Create API key`. */
export function formatOperation(operation: string): string {
  const words = operation.replace(/[A-Z]+/g, (capitals) => ` ${capitals.toLowerCase()}`).replace(/\bapi\b/g, 'API');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Returns the label and color for the HTTP status of an audited request; `null` if the outcome is unknown. */
export function describeOutcome(status: number | null): readonly [word: string, color: RunStatus] {
  if (status === null) return ['Unknown', 'canceled'];
  if (status < 400) return ['Succeeded', 'ok'];
  return [status === 401 || status === 403 ? 'Denied' : `Failed (${status})`, 'error'];
}

/** Returns the first target of a request and the number of further targets. */
export function formatTargets({ targets, target_count: count }: { targets: readonly string[]; target_count: number }) {
  const [first = ''] = targets;
  return count > 1 ? `${first} and ${count - 1} more` : first;
}

/** Formats the filter by which a request selected runs: `q: bank, min_attempts: 3`. */
export const formatFilter = (filter: Readonly<Record<string, string | number | readonly string[]>>): string =>
  Object.entries(filter)
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join(', ');
