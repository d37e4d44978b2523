import type { Command, CommandUnknownOpts } from '@commander-js/extra-typings';
import type { FlowErrorView } from '../../../functions/api/flows/flow-errors.ts';
import { parseExactJson } from '../../../functions/core/domain/exact-json.ts';
import { path } from '../api.ts';
import type { CommandContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { time, wholeNumber } from '../parsers.ts';
import { readJson } from '../read-json-file.ts';
import { formatTable, formatTime } from '../table.ts';
import { TIME_HELP } from '../time.ts';

const DEFAULT_LIMIT = 20;

/** Options that select errors. Those that are absent match every error. */
interface FilterOptions {
  readonly operator?: string;
  readonly job?: string;
  readonly search?: string;
  readonly assignedTo?: string;
  readonly since?: string;
  readonly until?: string;
}

export function addErrorCommands(program: CommandUnknownOpts, context: CommandContext): void {
  const group = program
    .command('errors')
    .summary('List, edit, retry and resolve the failed records of a flow')
    .addHelpText('after', `\nExample: jobdeck errors retry orders --operator erp\n\n${TIME_HELP}`);
  withFilter(group.command('list', { isDefault: true }))
    .description('list failed records, those of the newest run first')
    .argument('<flow>', 'id of the flow')
    .option('--status <status>', 'open, retrying, resolved or all', 'open')
    .option('--limit <n>', 'at least 1', wholeNumber('limit'))
    .action((flow, options) => list(context, flow, options));
  group
    .command('edit')
    .description('set the record that a retry sends, who works on the error, or a note')
    .argument('<flow>', 'id of the flow')
    .argument('<error>', 'id of the error')
    .option('-f, --file <file>', 'JSON of the record (-: the standard input)')
    .option('--assign <name>', 'who works on the error; empty for nobody')
    .option('--note <text>', 'note, at most 1000 characters; empty for none')
    .option('--if-revision <n>', 'change this revision only', wholeNumber('if-revision'))
    .action((flow, error, options) => edit(context, flow, error, options));
  withFilter(group.command('retry'))
    .description('send failed records again, from the operator at which they failed')
    .argument('<flow>', 'id of the flow')
    .argument('[errors...]', 'ids of errors; otherwise the filters or --all')
    .option('--all', 'all open errors')
    .action((flow, ids, { all = false, ...filter }) => retry(context, flow, toSelection(ids, filter, all)));
  withFilter(group.command('resolve'))
    .description('resolve failed records without sending them')
    .argument('<flow>', 'id of the flow')
    .argument('[errors...]', 'ids of errors; otherwise the filters or --all')
    .option('--all', 'all open errors')
    .action((flow, ids, { all = false, ...filter }) => resolve(context, flow, toSelection(ids, filter, all)));
}

const withFilter = (command: Command) =>
  command
    .option('--operator <id>', 'errors at an operator')
    .option('--job <run>', 'errors of a run')
    .option('--search <text>', 'errors whose message or record contains a text')
    .option('--assigned-to <name>', 'errors on which somebody works')
    .option('--since <time>', 'errors since a time', time('since'))
    .option('--until <time>', 'errors until a time', time('until'));

/** Returns the filter of a request. */
const toFilter = ({ operator, job, search, assignedTo, since, until }: FilterOptions) => ({
  operator,
  jobId: job,
  text: search,
  assignedTo,
  occurredAt_gte: since,
  occurredAt_lte: until,
});

/** @throws UsageError unless errors, a filter or `--all` are given */
function toSelection(ids: readonly string[], options: FilterOptions, all: boolean): object {
  const filter = toFilter(options);
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  if ([ids.length > 0, isFiltered, all].filter(Boolean).length !== 1)
    throw new UsageError('specify errors, or filters such as --operator, or --all');
  if (all) return {};
  return isFiltered ? { filter } : { ids };
}

interface ListOptions extends FilterOptions {
  readonly status: string;
  readonly limit?: number;
}

/** Lists errors over as many pages as the limit needs: a page may have fewer errors, or none, and a next one. */
async function list(context: CommandContext, flow: string, { status, limit, ...filter }: ListOptions): Promise<void> {
  const { api, json, print, note } = context;
  const most = limit ?? DEFAULT_LIMIT;
  const errors: FlowErrorView[] = [];
  let cursor: string | undefined;
  do {
    const query = { ...toFilter(filter), status: status === 'all' ? undefined : status, cursor };
    const size = Math.min(most - errors.length, 1_000);
    const page = await api.request<readonly FlowErrorView[]>('GET', path`/v1/flows/${flow}/errors`, {
      query: { ...query, limit: size },
    });
    errors.push(...page.body);
    cursor = page.nextCursor;
  } while (cursor !== undefined && errors.length < most);
  if (json) print(JSON.stringify(errors, null, 2));
  else print(errors.length === 0 ? 'No error matches' : formatErrors(errors));
  if (!json && cursor !== undefined) note(`Further errors may match: --limit shows more than ${most}`);
}

const formatErrors = (errors: readonly FlowErrorView[]): string =>
  formatTable(
    ['ERROR', 'STATUS', 'AT', 'ATTEMPTS', 'ASSIGNED TO', 'MESSAGE'],
    errors.map(({ _id, status, occurredAt, attempts, assignedTo, message }) => [
      _id,
      status,
      formatTime(occurredAt),
      attempts,
      assignedTo,
      message,
    ]),
  );

interface EditOptions {
  readonly file?: string;
  readonly assign?: string;
  readonly note?: string;
  readonly ifRevision?: number;
}

async function edit(
  { api, json, print }: CommandContext,
  flow: string,
  error: string,
  { file, assign, note, ifRevision }: EditOptions,
): Promise<void> {
  if ([file, assign, note].every((option) => option === undefined))
    throw new UsageError('specify --file, --assign or --note');
  const body = {
    ...(file !== undefined && { record: await readJson(file, parseExactJson) }),
    ...(assign !== undefined && { assignedTo: assign || null }),
    ...(note !== undefined && { note: note || null }),
  };
  const headers = ifRevision === undefined ? {} : { 'if-match': `"${ifRevision}"` };
  const url = path`/v1/flows/${flow}/errors/${error}`;
  const answer = await api.request<FlowErrorView>('PUT', url, { body, headers });
  print(json ? JSON.stringify(answer.body, null, 2) : `${error} is at revision ${answer.body.revision}`);
}

interface Retried {
  readonly matched: number;
  readonly more: boolean;
  readonly _jobId: string | null;
}

async function retry({ api, json, print, note }: CommandContext, flow: string, selection: object): Promise<void> {
  const result = await api.post<Retried>(path`/v1/flows/${flow}/errors/retry`, selection);
  if (json) return print(JSON.stringify(result, null, 2));
  if (result._jobId === null) return print('No error matches that can be retried');
  print(`${result.more ? 'at least ' : ''}${formatCount(result.matched)} retried by ${result._jobId}`);
  note(`jobdeck logs ${result._jobId} --follow shows its progress`);
}

interface Resolved {
  readonly matched: number;
  readonly cursor: string | null;
}

/** Repeats the request until no matching error is left. */
async function resolve({ api, json, print, note }: CommandContext, flow: string, selection: object): Promise<void> {
  let matched = 0;
  let cursor: string | null = null;
  do {
    const body = cursor === null ? selection : { ...selection, cursor };
    const result: Resolved = await api.post(path`/v1/flows/${flow}/errors/resolve`, body);
    matched += result.matched;
    ({ cursor } = result);
    if (cursor !== null && !json) note(`${matched} resolved …`);
  } while (cursor !== null);
  print(json ? JSON.stringify({ matched }, null, 2) : `${formatCount(matched)} resolved`);
}

const formatCount = (errors: number): string => (errors === 1 ? '1 error is' : `${errors} errors are`);
