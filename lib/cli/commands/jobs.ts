import { READ_ONLY_FIELDS } from '../../../functions/api/definition/read-only-fields.ts';
import { path } from '../api.ts';
import { type Context, command, none, OK, only, UsageError, type Values } from '../command.ts';
import { readJson } from '../read-json.ts';
import { table, time } from '../table.ts';
import type { Job } from '../wire.ts';

const options = { file: { type: 'string', short: 'f' } } as const;

export const jobs = command({
  name: 'jobs',
  summary: 'List, show, define, remove and switch jobs',
  help: `jobs [list]
jobs get <job>
jobs create -f <file>   a definition in JSON, or what jobs get printed; - reads it from the standard input
jobs delete <job>
jobs enable <job>
jobs disable <job>`,
  options,
  async run(context, [verb = 'list', ...rest], values) {
    if (values.file !== undefined && verb !== 'create') throw new UsageError(`--file is for jobs create`);
    switch (verb) {
      case 'list':
        none(rest);
        return list(context);
      case 'get':
        return get(context, only(rest, 'job'));
      case 'create':
        none(rest);
        return create(context, values);
      case 'delete':
        return change(context, 'DELETE', path`/jobs/${only(rest, 'job')}`);
      case 'enable':
      case 'disable':
        return change(context, 'POST', `${path`/jobs/${only(rest, 'job')}`}/${verb}`);
      default:
        throw new UsageError(`there is no jobs ${verb}; there are list, get, create, delete, enable, disable`);
    }
  },
});

async function list({ api, json, print }: Context): Promise<number> {
  const body = await api.get<{ readonly jobs: readonly Job[] }>('/jobs');
  if (json) print(JSON.stringify(body, null, 2));
  else {
    const rows = body.jobs.map((job) => [
      job.id,
      job.type,
      job.schedule,
      job.enabled === 1 ? 'enabled' : 'disabled',
      time(job.next_run),
      job.last_status,
      time(job.last_run ?? null),
      job.name,
    ]);
    print(table(['JOB', 'TYPE', 'SCHEDULE', 'STATE', 'NEXT RUN', 'LAST', 'LAST START', 'NAME'], rows));
  }
  return OK;
}

/** A job is a definition: shown as one, in JSON. */
async function get({ api, json, print }: Context, id: string): Promise<number> {
  const body = await api.get<{ readonly job: Job }>(path`/jobs/${id}`);
  print(JSON.stringify(json ? body : body.job, null, 2));
  return OK;
}

async function create({ api, json, print }: Context, { file }: Values<typeof options>): Promise<number> {
  if (file === undefined) throw new UsageError('-f <file> is missing: the definition, in JSON');
  const body = await api.post<{ readonly id: string }>('/jobs', definitionIn(file));
  print(json ? JSON.stringify(body) : `Defined ${body.id}`);
  return OK;
}

/** The definition in a file, which may also be what `jobs get` printed: fields that no request may set are left out. */
function definitionIn(file: string): unknown {
  const given = readJson(file);
  if (!isObject(given)) return given;
  const shown = isObject(given.job) ? given.job : given;
  return Object.fromEntries(Object.entries(shown).filter(([field]) => !READ_ONLY_FIELDS.includes(field)));
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

async function change({ api, json, print }: Context, method: string, at: string): Promise<number> {
  const { body } = await api.request(method, at);
  print(json ? JSON.stringify(body) : 'Done');
  return OK;
}
