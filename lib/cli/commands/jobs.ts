import { READ_ONLY_FIELDS } from '../../../functions/api/definition/read-only-fields.ts';
import { type ApiClient, path } from '../api.ts';
import type { Job } from '../api-types.ts';
import {
  type CommandContext,
  CommandFailed,
  command,
  EXIT_OK,
  requireNone,
  requireOne,
  UsageError,
  type Values,
} from '../command.ts';
import { readJson } from '../read-json-file.ts';
import { formatTable, formatTime } from '../table.ts';

const options = { file: { type: 'string', short: 'f' }, 'if-match': { type: 'string' } } as const;

export const jobs = command({
  name: 'jobs',
  summary: 'List, show, define, change, remove and switch jobs',
  help: `jobs [list]
jobs get <job>
jobs create -f <file>   a definition in JSON, or what jobs get printed; - reads it from the standard input
jobs update <job> -f <file>   the same file, changed: refused if the job was changed after jobs get printed it
  --if-match <tag>      the version to change, by its entity tag; * changes any version
jobs delete <job>
jobs enable <job>
jobs disable <job>`,
  options,
  async run(context, [verb = 'list', ...rest], values) {
    if (values.file !== undefined && verb !== 'create' && verb !== 'update') {
      throw new UsageError('--file is for jobs create and jobs update');
    }
    if (values['if-match'] !== undefined && verb !== 'update') throw new UsageError('--if-match is for jobs update');
    switch (verb) {
      case 'list':
        requireNone(rest);
        return list(context);
      case 'get':
        return get(context, requireOne(rest, 'job'));
      case 'create':
        requireNone(rest);
        return create(context, values);
      case 'update':
        return update(context, requireOne(rest, 'job'), values);
      case 'delete':
        return change(context, 'DELETE', path`/jobs/${requireOne(rest, 'job')}`);
      case 'enable':
      case 'disable':
        return change(context, 'POST', `${path`/jobs/${requireOne(rest, 'job')}`}/${verb}`);
      default:
        throw new UsageError(`there is no jobs ${verb}; there are list, get, create, update, delete, enable, disable`);
    }
  },
});

async function list({ api, json, print }: CommandContext): Promise<number> {
  const body = await api.get<{ readonly jobs: readonly Job[] }>('/jobs');
  if (json) print(JSON.stringify(body, null, 2));
  else {
    const rows = body.jobs.map((job) => [
      job.id,
      job.type,
      job.schedule,
      job.enabled === 1 ? 'enabled' : 'disabled',
      formatTime(job.next_run),
      job.last_status,
      formatTime(job.last_run ?? null),
      job.name,
    ]);
    print(formatTable(['JOB', 'TYPE', 'SCHEDULE', 'STATE', 'NEXT RUN', 'LAST', 'LAST START', 'NAME'], rows));
  }
  return EXIT_OK;
}

/** Prints the definition as JSON, because a table cannot show it. */
async function get({ api, json, print }: CommandContext, id: string): Promise<number> {
  const body = await api.get<{ readonly job: Job }>(path`/jobs/${id}`);
  print(JSON.stringify(json ? body : body.job, null, 2));
  return EXIT_OK;
}

async function create({ api, json, print }: CommandContext, { file }: Values<typeof options>): Promise<number> {
  const body = await api.post<{ readonly id: string }>('/jobs', definitionIn(jobIn(file)));
  print(json ? JSON.stringify(body) : `Defined ${body.id}`);
  return EXIT_OK;
}

async function update(
  { api, json, print }: CommandContext,
  id: string,
  values: Values<typeof options>,
): Promise<number> {
  const { file, 'if-match': tag } = values;
  const given = jobIn(file);
  const at = path`/jobs/${id}`;
  const ifMatch = tag === undefined ? await tagOfVersion(api, at, given) : quoted(tag);
  const headers = ifMatch === undefined ? {} : { 'if-match': ifMatch };
  const { body } = await api.request('PATCH', at, { body: definitionIn(given), headers });
  print(json ? JSON.stringify(body) : `Changed ${id}`);
  return EXIT_OK;
}

/**
 * Returns the entity tag of the version in a file, or `undefined` if the file has no `updated_at`.
 *
 * @throws CommandFailed if the job has changed since
 */
async function tagOfVersion(api: ApiClient, at: string, given: unknown): Promise<string | undefined> {
  if (!isObject(given) || typeof given.updated_at !== 'string') return undefined;
  const { body, etag } = await api.request<{ readonly job: Job }>('GET', at);
  const { created_at: created, updated_at: updated } = body.job;
  // A job that was deleted and defined again has a later creation time.
  if (updated === given.updated_at && (given.created_at ?? created) === created) return etag;
  throw new CommandFailed(
    `the job was changed at ${updated}, the file holds it as of ${given.updated_at}; ` +
      'get the job again, or overwrite it with --if-match "*"',
  );
}

/** Adds the quotes of an entity tag, which shells remove. */
const quoted = (tag: string): string => (/^(\*$|"|W\/)/.test(tag) ? tag : `"${tag}"`);

/** Reads a job from a file: a definition, or the output of `jobs get`. */
function jobIn(file: string | undefined): unknown {
  if (file === undefined) throw new UsageError('-f <file> is missing: the definition, in JSON');
  const given = readJson(file);
  return isObject(given) && isObject(given.job) ? given.job : given;
}

/** Removes the read-only fields of a job. */
const definitionIn = (job: unknown): unknown =>
  isObject(job) ? Object.fromEntries(Object.entries(job).filter(([field]) => !READ_ONLY_FIELDS.includes(field))) : job;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

async function change({ api, json, print }: CommandContext, method: string, at: string): Promise<number> {
  const { body } = await api.request(method, at);
  print(json ? JSON.stringify(body) : 'Done');
  return EXIT_OK;
}
