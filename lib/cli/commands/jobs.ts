import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { READ_ONLY_FIELDS } from '../../../functions/api/definition/read-only-fields.ts';
import { withoutManagedLabels } from '../../apply/managed-labels.ts';
import { type ApiClient, path } from '../api.ts';
import type { JobView, ListedJobView } from '../api-types.ts';
import type { CommandContext } from '../context.ts';
import { CommandFailed } from '../errors.ts';
import { readJson } from '../read-json-file.ts';
import { formatTable, formatTime } from '../table.ts';

const FILE_HELP = 'JSON file with a definition or the output of jobs get; - reads the standard input';

export function addJobCommands(program: CommandUnknownOpts, context: CommandContext): void {
  const group = program.command('jobs').summary('List, show, define, change, delete, enable and disable jobs');
  group
    .command('list', { isDefault: true })
    .description('list all jobs')
    .action(() => list(context));
  group
    .command('get')
    .description('print the definition of a job')
    .argument('<job>', 'job id')
    .action((id) => get(context, id));
  group
    .command('create')
    .description('define a job')
    .requiredOption('-f, --file <file>', FILE_HELP)
    .action(({ file }) => create(context, file));
  group
    .command('update')
    .description('change a job, unless it was changed after jobs get printed it')
    .argument('<job>', 'job id')
    .requiredOption('-f, --file <file>', FILE_HELP)
    .option('--if-match <tag>', 'entity tag of the version to change; * changes any version')
    .action((id, { file, ifMatch }) => update(context, id, file, ifMatch));
  group
    .command('delete')
    .description('delete a job')
    .argument('<job>', 'job id')
    .action((id) => send(context, 'DELETE', path`/jobs/${id}`));
  for (const verb of ['enable', 'disable'] as const) {
    group
      .command(verb)
      .description(verb === 'enable' ? 'start the schedule of a job' : 'stop the schedule of a job')
      .argument('<job>', 'job id')
      .action((id) => send(context, 'POST', `${path`/jobs/${id}`}/${verb}`));
  }
}

async function list({ api, json, print }: CommandContext): Promise<void> {
  const body = await api.get<{ readonly jobs: readonly ListedJobView[] }>('/jobs');
  if (json) {
    print(JSON.stringify(body, null, 2));
    return;
  }
  const rows = body.jobs.map((job) => [
    job.id,
    job.type,
    formatSchedule(job),
    formatState(job),
    formatTime(job.next_run),
    job.last_status,
    formatTime(job.last_run ?? null),
    job.name,
  ]);
  print(formatTable(['JOB', 'TYPE', 'SCHEDULE', 'STATE', 'NEXT RUN', 'LAST', 'LAST START', 'NAME'], rows));
}

/** Formats the schedules and the upstream jobs: `0 3 * * *; 0 15 * * *; after load, check`. */
function formatSchedule({ schedule, schedules, after }: ListedJobView): string {
  const all = schedules?.map((one) => one.schedule) ?? (schedule === null ? [] : [schedule]);
  const upstream = after?.jobs.map(({ job }) => job).join(after.mode === 'any' ? ' or ' : ', ');
  return [...all, ...(upstream === undefined ? [] : [`after ${upstream}`])].join('; ');
}

function formatState({ enabled, paused }: ListedJobView): string {
  if (enabled === 0) return 'disabled';
  return paused ? 'paused' : 'enabled';
}

/** Prints the definition as JSON, because a table cannot show it. */
async function get({ api, json, print }: CommandContext, id: string): Promise<void> {
  const body = await api.get<{ readonly job: JobView }>(path`/jobs/${id}`);
  print(JSON.stringify(json ? body : body.job, null, 2));
}

async function create({ api, json, print }: CommandContext, file: string): Promise<void> {
  const job = withoutReadOnlyFields(await readJob(file));
  const body = await api.post<{ readonly id: string }>('/jobs', isObject(job) ? withoutManagedLabels(job) : job);
  print(json ? JSON.stringify(body) : `Defined ${body.id}`);
}

async function update(
  { api, json, print }: CommandContext,
  id: string,
  file: string,
  tag: string | undefined,
): Promise<void> {
  const job = await readJob(file);
  const url = path`/jobs/${id}`;
  const ifMatch = tag === undefined ? await findVersionTag(api, url, job) : quoteTag(tag);
  const headers = ifMatch === undefined ? {} : { 'if-match': ifMatch };
  const { body } = await api.request('PATCH', url, { body: withoutReadOnlyFields(job), headers });
  print(json ? JSON.stringify(body) : `Changed ${id}`);
}

/**
 * Returns the entity tag of the version in a file, or `undefined` if the file has no `updated_at`.
 *
 * @throws CommandFailed if the job has changed since
 */
async function findVersionTag(api: ApiClient, url: string, job: unknown): Promise<string | undefined> {
  if (!isObject(job) || typeof job.updated_at !== 'string') return undefined;
  const { body, etag } = await api.request<{ readonly job: JobView }>('GET', url);
  const { created_at: created, updated_at: updated } = body.job;
  // A job that was deleted and defined again has a later creation time.
  if (updated === job.updated_at && (job.created_at ?? created) === created) return etag;
  throw new CommandFailed(
    `the job was changed at ${updated}, the file holds it as of ${job.updated_at}; ` +
      'get the job again, or overwrite it with --if-match "*"',
  );
}

/** Adds the quotes of an entity tag, which shells remove. */
const quoteTag = (tag: string): string => (/^(\*$|"|W\/)/.test(tag) ? tag : `"${tag}"`);

/** Reads a job from a file: a definition, or the output of `jobs get`. */
async function readJob(file: string): Promise<unknown> {
  const content = await readJson(file);
  return isObject(content) && isObject(content.job) ? content.job : content;
}

const withoutReadOnlyFields = (job: unknown): unknown =>
  isObject(job) ? Object.fromEntries(Object.entries(job).filter(([field]) => !READ_ONLY_FIELDS.includes(field))) : job;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

async function send({ api, json, print }: CommandContext, method: string, url: string): Promise<void> {
  const { body } = await api.request(method, url);
  print(json ? JSON.stringify(body) : 'Done');
}
