import { resolve } from 'node:path';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { TenantId } from '../../../functions/core/domain/tenant.ts';
import { type CalendarOutcome, executeCalendarPlan, readCurrentCalendars } from '../../apply/apply-calendars.ts';
import { executeHookPlan, type HookOutcome, readCurrentHooks, validateHookPlan } from '../../apply/apply-hooks.ts';
import { type CalendarPlan, formatCalendarPlan, planCalendars } from '../../apply/calendar-plan.ts';
import { executePlan, type Outcome } from '../../apply/execute-plan.ts';
import { formatPlan, formatTotals } from '../../apply/format-plan.ts';
import { formatHookPlan, type HookPlan, hookNameOf, planHooks, replacesForeignHook } from '../../apply/hook-plan.ts';
import { mapConcurrently } from '../../apply/map-concurrently.ts';
import { idOf, type Plan, planChanges, replacesForeignJob } from '../../apply/plan.ts';
import { validatePlan } from '../../apply/validate-plan.ts';
import type { ApiClient } from '../api.ts';
import type { Environment } from '../connection.ts';
import { type CommandContext, EXIT_CHANGES, EXIT_FAILURE } from '../context.ts';
import { CommandFailed, UsageError } from '../errors.ts';
import {
  openProject,
  PROJECT_HELP,
  type ProjectConnection,
  type ProjectOptions,
  STAGE_HELP,
  TOKEN_COMMAND_HELP,
} from '../project-connection.ts';

/** Tenants that are read or written at a time. */
const CONCURRENT_TENANTS = 4;

interface ApplyOptions extends ProjectOptions {
  readonly adopt?: true | undefined;
  readonly dryRun?: true | undefined;
  readonly detailedExitcode?: true | undefined;
  readonly yes?: true | undefined;
}

/** A tenant with its plan, or with the reason why there is none. */
type Planned =
  | {
      readonly tenant: TenantId;
      readonly api: ApiClient;
      readonly plan: Plan;
      readonly calendars: CalendarPlan;
      readonly hooks: HookPlan;
      /** Problems for which the API would refuse jobs or hooks. Empty unless this is a dry run. */
      readonly refused: readonly string[];
      readonly error?: undefined;
    }
  | { readonly tenant: TenantId; readonly error: string };

/** A tenant with its plan. */
type Ready = Extract<Planned, { readonly plan: Plan }>;

export function addApplyCommand(program: CommandUnknownOpts, context: CommandContext): void {
  program
    .command('apply')
    .summary('Make the jobs, calendars and hooks of tenants equal to those of the project')
    .description(
      'Compares the jobs, calendars and hooks of the project with those of each tenant, prints the differences, and applies ' +
        'them after a confirmation. The URLs of new hooks are printed once. --tenant may be repeated.',
    )
    .option('--stage <stage>', STAGE_HELP)
    .option('--project <folder>', PROJECT_HELP)
    .option('--tenants-file <file>', 'file with one tenant a line; # starts a comment')
    .option('--token-command <command>', TOKEN_COMMAND_HELP)
    .option('--prune', 'delete jobs and hooks of this project that it no longer declares')
    .option(
      '--adopt',
      'replace jobs and hooks that have the id or name of a declared one and do not belong to the project',
    )
    .option('--dry-run', 'print the differences only')
    .option('--detailed-exitcode', `with --dry-run: exit code ${EXIT_CHANGES} if there are differences`)
    .option('--yes', 'apply without a confirmation; required without a terminal')
    .action((options: ApplyOptions) => apply(context, options));
}

async function apply(context: CommandContext, options: ApplyOptions): Promise<void> {
  if (options.detailedExitcode && !options.dryRun) throw new UsageError('--detailed-exitcode needs --dry-run');
  const connection = await openProject(context, options);
  const { jobFiles, root, jobsFolder } = connection.project;
  // guard: apply.prune.declared
  if (options.prune && jobFiles.length === 0) {
    throw new CommandFailed(
      `--prune would delete all jobs of the project: no file in ${resolve(root, jobsFolder)} declares jobs. ` +
        'A file with `export default []` permits it',
    );
  }
  const planned = await mapConcurrently(connection.tenants, CONCURRENT_TENANTS, (tenant) =>
    planTenant(connection, tenant, context.environment, options),
  );
  for (const result of planned) {
    if (result.error !== undefined) context.note(`Tenant ${result.tenant}: ${result.error}`);
    else if (!context.json) context.print(formatAll(result));
    if (result.error === undefined && result.refused.length > 0) {
      context.note(`Tenant ${result.tenant}: ${formatRefusal(result.refused)}`);
    }
  }
  const ready = planned.filter((result) => result.error === undefined);
  if (ready.length < planned.length) context.exitCode = EXIT_FAILURE;
  const changing = ready.filter(
    ({ plan, calendars, hooks }) => plan.actions.length + calendars.actions.length + hooks.actions.length > 0,
  );

  if (options.dryRun || changing.length === 0) {
    if (context.json) printJson(context, planned, new Map());
    if (options.detailedExitcode && changing.length > 0 && context.exitCode !== EXIT_FAILURE) {
      context.exitCode = EXIT_CHANGES;
    }
    return;
  }
  if (!options.yes) await confirm(context);
  const execution = { project: connection.project.name, environment: context.environment };
  const outcomes = await mapConcurrently(changing, CONCURRENT_TENANTS, async (tenant) => {
    const results = await executeAll(tenant, execution);
    report(context, tenant, results);
    return [tenant.tenant, results] as const;
  });
  if (context.json) printJson(context, planned, new Map(outcomes));
}

/** Formats the changes of a tenant: calendars, jobs, then hooks. */
function formatAll({ tenant, plan, calendars, hooks }: Ready): string {
  const [heading, ...lines] = formatPlan(tenant, plan, otherChanges(calendars.actions, hooks.actions)).split('\n');
  const parts = [heading, formatCalendarPlan(calendars), ...lines, formatHookPlan(hooks)];
  return parts.filter((part) => part !== '').join('\n');
}

/** The results of the changes of a tenant. */
interface Outcomes {
  readonly calendars: readonly CalendarOutcome[];
  readonly jobs: readonly Outcome[];
  readonly hooks: readonly HookOutcome[];
}

/** Writes the calendars of a tenant, then the jobs, which may name them, then the hooks, which start runs of jobs. */
async function executeAll(
  { api, plan, calendars, hooks }: Ready,
  options: { readonly project: string; readonly environment: Environment },
): Promise<Outcomes> {
  const written = await executeCalendarPlan(api, calendars);
  const hasFailed = written.some(({ error }) => error !== undefined);
  const skipped = () =>
    plan.actions.map((action) => ({
      id: idOf(action),
      kind: action.kind,
      error: 'was not applied, because calendars failed',
    }));
  const jobs = hasFailed ? skipped() : await executePlan(api, plan);
  const haveFailed = jobs.some(({ error }) => error !== undefined);
  const results = await executeHookPlan(api, hooks, { ...options, hasFailed: hasFailed || haveFailed });
  return { calendars: written, jobs, hooks: results };
}

/** Returns the plan of a tenant. A failure does not affect other tenants. */
async function planTenant(
  { project, connect }: ProjectConnection,
  tenant: TenantId,
  environment: Environment,
  { prune, adopt, dryRun }: ApplyOptions,
): Promise<Planned> {
  // Imported when needed: the schemas of jobs take longer to load than most commands to run.
  const [{ findCycles }, { normalizeJobs }, { readCurrentJobs }, { normalizeCalendars }, { normalizeHooks }] =
    await Promise.all([
      import('../../apply/dependency-levels.ts'),
      import('../../apply/normalize-job.ts'),
      import('../../apply/read-current-jobs.ts'),
      import('../../apply/normalize-calendars.ts'),
      import('../../apply/normalize-hooks.ts'),
    ]);
  try {
    const owner = { project: project.name, tenant };
    const { jobs, errors } = await normalizeJobs(project.jobsWithFiles(tenant), owner, Date.now());
    const declared = normalizeCalendars(project.calendars(tenant), Date.now());
    const declaredHooks = normalizeHooks(project.hooks(tenant));
    const problems = [...declared.errors, ...errors, ...findCycles(jobs), ...declaredHooks.errors];
    if (problems.length > 0) return { tenant, error: `invalid jobs\n  ${problems.join('\n  ')}` };
    const api = await connect(tenant);
    const calendars = planCalendars(declared.calendars, await readCurrentCalendars(api, declared.calendars));
    const options = { ...owner, prune: prune ?? false };
    const plan = planChanges(jobs, await readCurrentJobs(api, jobs, options), options);
    const hooks = planHooks(declaredHooks.hooks, await readCurrentHooks(api), options);
    if (hooks.errors.length > 0) return { tenant, error: `invalid hooks\n  ${hooks.errors.join('\n  ')}` };
    const foreignHooks = adopt ? [] : hooks.actions.filter(replacesForeignHook).map(hookNameOf);
    if (foreignHooks.length > 0) {
      const error = `--adopt is needed for hooks of other origin: ${foreignHooks.join(', ')}\n${formatHookPlan(hooks)}`;
      return { tenant, error };
    }
    const foreign = /* guard: apply.adopt */ adopt ? [] : plan.actions.filter(replacesForeignJob).map(idOf);
    if (foreign.length > 0) {
      const difference = formatPlan(tenant, plan).split('\n').slice(1).join('\n');
      return { tenant, error: `--adopt is needed for jobs of other origin: ${foreign.join(', ')}\n${difference}` };
    }
    const created = calendars.actions.filter(({ kind }) => kind === 'create').map(({ calendar }) => calendar.name);
    const declaredJobs = new Set(jobs.map(({ definition }) => definition.id));
    const refusedJobs = /* guard: apply.validate */ await validatePlan(api, plan, created);
    const refused = [...refusedJobs, ...(await validateHookPlan(api, hooks, declaredJobs, environment))];
    // Scripts may be deployed between the dry run and the application.
    if (refused.length > 0 && !dryRun) return { tenant, error: formatRefusal(refused) };
    return { tenant, api, plan, calendars, hooks, refused };
  } catch (error) {
    return { tenant, error: error instanceof Error ? error.message : String(error) };
  }
}

const formatRefusal = (problems: readonly string[]): string =>
  `the API refuses jobs or hooks\n  ${problems.join('\n  ')}`;

/** @throws CommandFailed without the answer `yes`; UsageError without a terminal */
async function confirm(context: CommandContext): Promise<void> {
  if (!context.ask) throw new UsageError('without a terminal, --yes is needed to apply');
  const answer = await context.ask("Apply these changes? Only 'yes' is accepted: ");
  if (answer.trim() !== 'yes') throw new CommandFailed('nothing was applied');
}

function report(context: CommandContext, { tenant, plan }: Ready, { calendars, jobs, hooks }: Outcomes): void {
  const outcomes = [
    ...calendars.map(({ name, error }) => ({ id: `calendar ${name}`, error })),
    ...jobs,
    ...hooks.map(({ name, error }) => ({ id: `hook ${name}`, error })),
  ];
  if (!context.json) printUrls(context, tenant, hooks);
  const failed = outcomes.filter(({ error }) => error !== undefined);
  for (const { id, error } of failed) context.note(`Tenant ${tenant}: ${id}: ${error}`);
  if (failed.length > 0) {
    context.exitCode = EXIT_FAILURE;
    context.note(`Tenant ${tenant}: applied ${outcomes.length - failed.length} of ${outcomes.length} changes`);
  } else if (!context.json) {
    context.print(`Tenant ${tenant}: applied: ${formatTotals(plan, otherChanges(calendars, hooks))}`);
  }
}

/** Returns the numbers of changed calendars and hooks, for example `1 calendar`, without those that are 0. */
const otherChanges = (calendars: readonly unknown[], hooks: readonly unknown[]): readonly string[] =>
  [[calendars.length, 'calendar'] as const, [hooks.length, 'hook'] as const].flatMap(([count, noun]) =>
    count === 0 ? [] : [`${count} ${count === 1 ? noun : `${noun}s`}`],
  );

/** Prints the URLs of new hooks. */
function printUrls({ print, note }: CommandContext, tenant: TenantId, hooks: readonly HookOutcome[]): void {
  const created = hooks.filter(({ url }) => url !== undefined);
  for (const { name, url } of created) print(`Tenant ${tenant}: hook ${name}: ${url}`);
  if (created.length > 0) note('The URLs of hooks are shown once and are secrets');
}

function printJson(
  { print }: CommandContext,
  planned: readonly Planned[],
  outcomes: ReadonlyMap<TenantId, Outcomes>,
): void {
  const tenants = planned.map((result) => {
    if (result.error !== undefined) return { tenant: result.tenant, error: result.error };
    const { tenant, plan, calendars, hooks, refused } = result;
    const errors = new Map(outcomes.get(tenant)?.jobs.map(({ id, error }) => [id, error]));
    const calendarErrors = new Map(outcomes.get(tenant)?.calendars.map(({ name, error }) => [name, error]));
    const hookResults = new Map(outcomes.get(tenant)?.hooks.map((outcome) => [outcome.name, outcome]));
    const actions = plan.actions.map((action) => ({
      id: idOf(action),
      kind: action.kind,
      ...('changes' in action && { changes: action.changes }),
      ...(action.kind !== 'create' && { drifted: action.drifted }),
      ...(outcomes.has(tenant) && { error: errors.get(idOf(action)) ?? null }),
    }));
    return {
      tenant,
      actions,
      unchanged: plan.unchanged,
      kept: plan.kept,
      ...(calendars.actions.length + calendars.unchanged > 0 && {
        calendars: calendars.actions.map(({ kind, calendar: { name }, added, removed }) => ({
          name,
          kind,
          added,
          removed,
          ...(outcomes.has(tenant) && { error: calendarErrors.get(name) ?? null }),
        })),
      }),
      ...(hooks.actions.length + hooks.unchanged + hooks.kept.length > 0 && {
        hooks: {
          actions: hooks.actions.map((action) => ({
            name: hookNameOf(action),
            kind: action.kind,
            ...('changes' in action && { changes: action.changes }),
            ...(outcomes.has(tenant) && {
              url: hookResults.get(hookNameOf(action))?.url ?? null,
              error: hookResults.get(hookNameOf(action))?.error ?? null,
            }),
          })),
          unchanged: hooks.unchanged,
          kept: hooks.kept,
        },
      }),
      ...(refused.length > 0 && { refused }),
    };
  });
  print(JSON.stringify({ tenants }, null, 2));
}
