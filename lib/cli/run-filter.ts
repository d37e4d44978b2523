import type { Command, OptionValues } from '@commander-js/extra-typings';
import type { BulkResultView } from '../../functions/api/runner/bulk.ts';
import { type CommandContext, EXIT_FAILURE, EXIT_OK } from './context.ts';
import { UsageError } from './errors.ts';
import { collect } from './run-input.ts';
import { formatTable } from './table.ts';

// The inferred types of the following functions exceed what the compiler writes to a declaration.

/** The options that search runs. */
export const withRunSearch = <Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
): Command<Args, Options & SearchOptions> =>
  command
    .option(
      '--search <text>',
      'runs with these words in job, failure, tags or searchable fields of the payload, or a run id or its start',
    )
    .option('--min-duration <s>', 'runs of at least so many seconds')
    .option('--max-duration <s>', 'runs of at most so many seconds')
    .option('--min-attempts <n>', 'runs with at least so many attempts') as unknown as Command<
    Args,
    Options & SearchOptions
  >;

/** The options that search runs, and further filters of commands that change several runs. */
export const withRunFilter = <Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
): Command<Args, Options & FilterOptions> =>
  withRunSearch(command)
    .option('--status <status>', 'runs with a status; several separated by commas')
    .option('--trigger <trigger>', 'schedule, manual, restart or after')
    .option('--tag <tag>', 'runs with a tag; repeatable, for all of them', collect) as unknown as Command<
    Args,
    Options & FilterOptions
  >;

interface SearchOptions {
  readonly search?: string | undefined;
  readonly minDuration?: string | undefined;
  readonly maxDuration?: string | undefined;
  readonly minAttempts?: string | undefined;
}

interface FilterOptions extends SearchOptions {
  readonly status?: string | undefined;
  readonly trigger?: string | undefined;
  readonly tag?: readonly string[] | undefined;
}

/** Converts the options that search runs to query parameters. */
export const toSearchQuery = ({ search, minDuration, maxDuration, minAttempts }: SearchOptions) => ({
  q: search,
  min_duration_s: minDuration,
  max_duration_s: maxDuration,
  min_attempts: minAttempts,
});

/**
 * Converts the options of a filter to fields of a body.
 *
 * @returns `undefined` without any of the options
 * @throws UsageError for a text that is not a number
 */
export function toFilterBody(options: FilterOptions): Readonly<Record<string, unknown>> | undefined {
  const { search, status, trigger, tag, minDuration, maxDuration, minAttempts } = options;
  const fields = {
    q: search,
    status: status?.split(','),
    trigger,
    tags: tag,
    min_duration_s: toNumber(minDuration, '--min-duration'),
    max_duration_s: toNumber(maxDuration, '--max-duration'),
    min_attempts: toNumber(minAttempts, '--min-attempts'),
  };
  return Object.values(fields).some((value) => value !== undefined) ? fields : undefined;
}

function toNumber(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new UsageError(`${option} must be a number, got '${text}'`);
  return value;
}

/**
 * Sends a request that changes several runs, and prints the outcome of each.
 *
 * @returns the exit code: 1 if runs were found and none was changed
 */
export async function changeRuns(
  { api, json, print, note }: CommandContext,
  path: '/runs/cancel' | '/runs/acknowledge' | '/runs/redrive',
  body: Readonly<Record<string, unknown>>,
): Promise<number> {
  const result = await api.post<BulkResultView>(path, body);
  if (json) print(JSON.stringify(result, null, 2));
  else {
    const rows = result.runs.map(({ run_id, outcome, reason, new_run_id }) => [
      run_id,
      reason === null ? [outcome, new_run_id].filter(Boolean).join(': ') : `${outcome}: ${reason}`,
    ]);
    if (rows.length > 0) print(formatTable(['RUN', result.dry_run ? 'DRY RUN' : 'OUTCOME'], rows));
    const skipped = result.runs.length - result.changed;
    const left = result.left > 0 ? `, ${result.left} left` : '';
    note(`${result.changed} ${result.dry_run ? 'would change' : 'changed'}, ${skipped} skipped${left}`);
  }
  return result.changed === 0 && result.runs.length > 0 ? EXIT_FAILURE : EXIT_OK;
}
