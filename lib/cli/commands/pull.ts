import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { JobView } from '../../../functions/api/runner/job-view.ts';
import type { TenantId } from '../../../functions/core/domain/tenant.ts';
import { readCurrentCalendars } from '../../apply/apply-calendars.ts';
import { readHooks } from '../../apply/apply-hooks.ts';
import type { CurrentCalendar } from '../../apply/calendar-plan.ts';
import { formatCalendarsFile } from '../../apply/calendars-file.ts';
import type { CurrentHook } from '../../apply/hook-plan.ts';
import { formatHooksFile } from '../../apply/hooks-file.ts';
import { jobFileName } from '../../apply/job-file-name.ts';
import { mapConcurrently } from '../../apply/map-concurrently.ts';
import { retryThrottled } from '../../apply/retry-throttled.ts';
import { writeNewFiles } from '../../apply/write-new-files.ts';
import type { Project } from '../../project/load-project.ts';
import { type ApiClient, path } from '../api.ts';
import type { ListedJobView } from '../api-types.ts';
import type { CommandContext } from '../context.ts';
import { CommandFailed, UsageError } from '../errors.ts';
import { printWritten } from '../print-written.ts';
import {
  openProject,
  PROJECT_HELP,
  type ProjectOptions,
  STAGE_HELP,
  TOKEN_COMMAND_HELP,
} from '../project-connection.ts';

const CONCURRENCY = 4;

interface PullOptions extends ProjectOptions {
  readonly force?: true | undefined;
}

export function addPullCommand(program: CommandUnknownOpts, context: CommandContext): void {
  program
    .command('pull')
    .summary('Write the jobs of a tenant as files of the project')
    .description(
      'Writes each job of a tenant as a file of the project, its calendars as one file, and its hooks that have names as ' +
        'another. What other files declare is left out, and so are the URLs and secrets of hooks.',
    )
    .argument('[jobs...]', 'job ids (all jobs, the calendars and the hooks)')
    .option('--stage <stage>', STAGE_HELP)
    .option('--project <folder>', PROJECT_HELP)
    .option('--token-command <command>', TOKEN_COMMAND_HELP)
    .option('--force', 'overwrite files')
    .action((ids, options: PullOptions) => pull(context, ids, options));
}

async function pull(context: CommandContext, ids: readonly string[], options: PullOptions): Promise<void> {
  const { project, tenants, connect } = await openProject(context, options);
  const [tenant, ...others] = tenants as readonly [TenantId, ...TenantId[]];
  if (others.length > 0) throw new UsageError('--tenant must be given once for this command');
  const api = await connect(tenant);
  const listed = ids.length > 0 ? ids : await listIds(api);
  const [{ formatJobFile, layoutOf }, { pickDefinition }] = await Promise.all([
    import('../../apply/job-file.ts'),
    import('../../apply/normalize-job.ts'),
  ]);
  const calendars = ids.length > 0 ? [] : await findCalendars(context, project, tenant, api);
  const hooks = ids.length > 0 ? [] : await findHooks(context, project, tenant, api);
  const reserved = [...(calendars.length > 0 ? [CALENDARS_FILE] : []), ...(hooks.length > 0 ? [HOOKS_FILE] : [])];
  const files = findFiles(project, tenant, listed, reserved);
  for (const [id, declared] of files.declared) context.note(`${id} is left out: ${declared} declares it`);
  const sources = await mapConcurrently([...files.targets], CONCURRENCY, async ([id, file]) => {
    const { job } = await retryThrottled(() => api.get<{ readonly job: JobView }>(path`/jobs/${id}`));
    return { path: file, content: formatJobFile(pickDefinition(job), layoutOf(project)) };
  });
  if (calendars.length > 0) {
    sources.push({ path: fileOf(project, CALENDARS_FILE), content: formatCalendarsFile(calendars) });
  }
  if (hooks.length > 0) sources.push({ path: fileOf(project, HOOKS_FILE), content: formatHooksFile(hooks) });
  const written = await writeNewFiles(project.root, sources, options.force ?? false);
  printWritten(context, written);
}

/** Names of the files with the calendars and the hooks, without their extension. */
const CALENDARS_FILE = 'calendars';
const HOOKS_FILE = 'hooks';

const fileOf = ({ jobsFolder }: Project, name: string): string => `${jobsFolder}/${name}.ts`;

/**
 * Returns the calendars of a tenant that no other file declares.
 *
 * @throws CommandFailed if the file of the calendars declares something else, too
 */
async function findCalendars(
  { note }: CommandContext,
  project: Project,
  tenant: TenantId,
  api: ApiClient,
): Promise<readonly CurrentCalendar[]> {
  const file = fileOf(project, CALENDARS_FILE);
  const declared = new Map(project.calendars(tenant).map((one) => [one.calendar.name, one.file]));
  const { calendars } = await retryThrottled(() =>
    api.get<{ readonly calendars: readonly { readonly name: string }[] }>('/calendars'),
  );
  const wanted = calendars.filter(({ name }) => (declared.get(name) ?? file) === file);
  for (const { name } of calendars) {
    const other = declared.get(name) ?? file;
    if (other !== file) note(`Calendar ${name} is left out: ${other} declares it`);
  }
  if (wanted.length > 0) assertDeclaresOnly('calendar', project, tenant, file);
  return readCurrentCalendars(api, wanted);
}

/**
 * Returns the hooks of a tenant that have names and that no other file declares.
 *
 * @throws CommandFailed if the file of the hooks declares something else, too
 */
async function findHooks(
  { note }: CommandContext,
  project: Project,
  tenant: TenantId,
  api: ApiClient,
): Promise<readonly CurrentHook[]> {
  const file = fileOf(project, HOOKS_FILE);
  const declared = new Map(project.hooks(tenant).map((one) => [one.hook.name, one.file]));
  const wanted: CurrentHook[] = [];
  for (const hook of await readHooks(api)) {
    const { id, name } = hook;
    if (name === null) {
      note(`Hook ${id} is left out: it has no name; \`jobdeck hooks change ${id} --name <name>\` names it`);
      continue;
    }
    const other = declared.get(name) ?? file;
    if (other === file) wanted.push({ ...hook, name });
    else note(`Hook ${name} is left out: ${other} declares it`);
  }
  if (wanted.length > 0) assertDeclaresOnly('hook', project, tenant, file);
  return wanted.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** A job, a calendar or a hook of the project. */
interface Declared {
  readonly kind: 'job' | 'calendar' | 'hook';
  readonly name: string;
  readonly file: string;
}

/** Returns everything that the project declares for a tenant. */
const declarationsOf = (project: Project, tenant: TenantId): readonly Declared[] => [
  ...project.jobsWithFiles(tenant).map(({ job, file }) => ({ kind: 'job', name: job.id, file }) as const),
  ...project.calendars(tenant).map(({ calendar, file }) => ({ kind: 'calendar', name: calendar.name, file }) as const),
  ...project.hooks(tenant).map(({ hook, file }) => ({ kind: 'hook', name: hook.name, file }) as const),
];

/** @throws CommandFailed if a file, which is to be overwritten, declares something of another kind */
function assertDeclaresOnly(kind: Declared['kind'], project: Project, tenant: TenantId, file: string): void {
  const other = declarationsOf(project, tenant).find((one) => one.file === file && one.kind !== kind);
  if (other) throw new CommandFailed(`${file} declares the ${other.kind} '${other.name}', too; move it`);
}

async function listIds(api: ApiClient): Promise<readonly string[]> {
  const { jobs } = await retryThrottled(() => api.get<{ readonly jobs: readonly ListedJobView[] }>('/jobs'));
  return jobs.map(({ id }) => id);
}

/**
 * Returns the file of each job, and the jobs that other files declare.
 *
 * @throws CommandFailed if the file of a job declares something else, too
 */
function findFiles(project: Project, tenant: TenantId, ids: readonly string[], reserved: readonly string[]) {
  const all = declarationsOf(project, tenant);
  const targets = new Map<string, string>();
  const declared = new Map<string, string>();
  const taken = new Set<string>(reserved);
  for (const id of ids) {
    const name = jobFileName(id, taken);
    const file = `${project.jobsFolder}/${name}.ts`;
    const isOwn = ({ kind, name: declaredName }: Declared) => kind === 'job' && declaredName === id;
    const own = all.find(isOwn);
    if (own && own.file !== file) {
      declared.set(id, own.file);
      continue;
    }
    const other = all.find((one) => one.file === file && !isOwn(one));
    if (other) throw new CommandFailed(`${file} declares the ${other.kind} '${other.name}', too; move one of them`);
    taken.add(name.toLowerCase());
    targets.set(id, file);
  }
  return { targets, declared };
}
