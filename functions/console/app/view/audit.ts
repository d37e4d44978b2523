import type { RunStatus } from '../api/types.ts';

/** An operation in words: `deleteJob` is `delete job`. */
export const formatOperation = (operation: string): string =>
  operation.replace(/[A-Z]+/g, (capitals) => ` ${capitals.toLowerCase()}`);

/** How a request ended, in words, and the colour that goes with it. */
export function describeOutcome(status: number | null): readonly [word: string, colour: RunStatus] {
  if (status === null) return ['not known', 'canceled'];
  if (status < 400) return ['done', 'ok'];
  return [status === 401 || status === 403 ? 'refused' : `failed (${status})`, 'error'];
}

/** What it was about: the first, and how many more there were. */
export function formatTargets({ targets, target_count: count }: { targets: readonly string[]; target_count: number }) {
  const [first = ''] = targets;
  return count > 1 ? `${first} and ${count - 1} more` : first;
}
