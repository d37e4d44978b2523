import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InvalidOutput, parseAwsOutput, parseJsonValues } from '../apply/eventbridge/aws-output.ts';
import { collect, type NamedOutput } from '../apply/eventbridge/collect.ts';
import { eventBridgeFiles } from '../apply/eventbridge/eventbridge-files.ts';
import { toJob } from '../apply/eventbridge/to-job.ts';
import { layoutOf } from '../apply/job-file.ts';
import { writeNewFiles } from '../apply/write-new-files.ts';
import { DEMO_TENANT } from '../local/demo/tenant.ts';
import { findProject } from '../project/find-project.ts';
import { loadProject, type Project } from '../project/load-project.ts';
import type { CommandContext } from './context.ts';
import { CommandFailed, UsageError } from './errors.ts';

export interface EventBridgeImportOptions {
  readonly project?: string | undefined;
  readonly file?: readonly string[] | undefined;
  readonly region?: string | undefined;
  readonly prefix?: string | undefined;
}

/** Writes a job file and a script for each scheduled rule and schedule of an AWS account, or of outputs of the AWS CLI. */
export async function importEventBridge(context: CommandContext, options: EventBridgeImportOptions): Promise<void> {
  const { file, region, prefix = '' } = options;
  if (file && region !== undefined) throw new UsageError('--region and --file exclude each other');
  const project = await loadProject(findProject(options.project ?? process.cwd()));
  const outputs = file ? (await Promise.all(file.map(readOutputs))).flat() : await readFromAws(region, prefix);
  const { sources, leftOut, errors } = collect(outputs);
  const jobs = sources.map((source) => toJob(source, context.now())).filter(({ name }) => name.startsWith(prefix));
  const {
    files,
    kept,
    errors: invalid,
  } = await eventBridgeFiles(jobs, {
    ...layoutOf(project),
    jobsFolder: project.jobsFolder,
    scriptsFolder: project.scriptsFolder,
    jobSources: await readJobSources(project),
    jobIds: idsOf(project),
  });
  const problems = [...errors, ...invalid];
  if (problems.length > 0) throw new CommandFailed(`nothing was written\n  ${problems.join('\n  ')}`);
  await writeNewFiles(project.root, files, false);
  const written = files.map(({ path }) => path);
  if (context.json) {
    context.print(JSON.stringify({ written, kept: Object.fromEntries(kept), left_out: leftOut }));
    return;
  }
  for (const { reason, names } of leftOut) context.note(`Left out, because ${reason}: ${names.join(', ')}`);
  const lines = [
    ...written.map((path) => `Wrote ${path}`),
    ...[...kept].map(([name, path]) => `Kept ${path}, which was imported from ${name} before`),
  ];
  context.print(lines.length > 0 ? lines.join('\n') : 'There is no rule or schedule to import.');
}

/** @throws CommandFailed that names the file and the field */
async function readOutputs(file: string): Promise<readonly NamedOutput[]> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new CommandFailed(`${file}: ${error.message}`);
  });
  try {
    const rule = basename(file).replace(/\.json$/i, '');
    const values = parseJsonValues(text);
    if (values.length === 0) throw new InvalidOutput('must not be empty');
    return values.map((value) => ({ from: file, rule, output: parseAwsOutput(value) }));
  } catch (error) {
    if (error instanceof InvalidOutput) throw new CommandFailed(`${file}: ${error.message}`);
    if (error instanceof SyntaxError) throw new CommandFailed(`${file}: is not JSON: ${error.message}`);
    throw error;
  }
}

async function readFromAws(region: string | undefined, prefix: string): Promise<readonly NamedOutput[]> {
  const { createClients, readAccount } = await import('../apply/eventbridge/read-account.ts');
  try {
    return await readAccount(createClients(region), prefix);
  } catch (error) {
    const { name, message } = error as Error;
    throw new CommandFailed(
      `the rules and schedules of the account cannot be read (${name}: ${message}). \`npx jobdeck doctor\` checks ` +
        'credentials and region; --file reads outputs of the AWS CLI instead',
    );
  }
}

async function readJobSources({ root, jobFiles }: Project): Promise<ReadonlyMap<string, string>> {
  const read = async (file: string) => [file, await readFile(join(root, file), 'utf8')] as const;
  return new Map(await Promise.all(jobFiles.map(read)));
}

/** Returns the ids of the jobs of a tenant that stands for all, or none if a file knows no tenant of this name. */
function idsOf(project: Project): readonly string[] {
  try {
    return project.jobs(DEMO_TENANT).map(({ id }) => id);
  } catch {
    return [];
  }
}
