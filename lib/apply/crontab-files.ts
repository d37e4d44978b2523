import type { CrontabEntry } from './crontab.ts';
import { formatDraftScript } from './draft-script.ts';
import { formatJobFile, type ProjectLayout } from './job-file.ts';
import { normalizeJobs } from './normalize-job.ts';
import type { NewFile } from './write-new-files.ts';

/** Folders of the project. */
export interface CrontabLayout extends ProjectLayout {
  readonly jobsFolder: string;
  readonly scriptsFolder: string;
}

/**
 * Returns a job for each entry of a crontab. A request by curl or wget becomes an `http` job. Any other job has a script that
 * fails, because a command of a machine is no script: the author writes the script. All jobs are disabled, so that they
 * do not run beside cron.
 *
 * @returns the files, and the problems of entries that define no valid job
 */
export async function crontabFiles(
  entries: readonly CrontabEntry[],
  layout: CrontabLayout,
): Promise<{ readonly files: readonly NewFile[]; readonly errors: readonly string[] }> {
  const files: NewFile[] = [];
  const errors: string[] = [];
  for (const entry of entries) {
    const { request } = entry;
    const http = request && (await normalize({ ...request.fields, http: request.http }, entry));
    const script = http?.job ? undefined : await normalize({ script: entry.id, env: entry.env }, entry);
    const job = http?.job ?? script?.job;
    if (!job) {
      errors.push(...(script?.problems ?? []));
      continue;
    }
    const comment =
      request && http?.job
        ? commentOf(entry, request, 'Disabled while cron runs the command.')
        : commentOf(
            entry,
            {
              secrets: entry.secrets,
              notCarriedOver: (http?.problems ?? []).map((problem) => `an http job: ${problem}`),
            },
            'Disabled until the script does the work of the command.',
          );
    const scripts = script ? [...layout.scripts, entry.id] : layout.scripts;
    const path = `${entry.id}.ts`;
    if (script) {
      // First, because `jobdeck dev` may be running.
      const content = formatDraftScript(entry.origin, entry.work);
      files.push({ path: `${layout.scriptsFolder}/${path}`, content });
    }
    const content = formatJobFile(job, { ...layout, scripts }, comment);
    files.push({ path: `${layout.jobsFolder}/${path}`, content });
  }
  return { files, errors };
}

/** Fills in the defaults of the job of an entry. */
async function normalize(target: object, { line, id, name, schedule, timezone }: CrontabEntry) {
  const job = { id, name, schedule, timezone, enabled: false, ...target };
  const { jobs, errors } = await normalizeJobs(
    [{ file: `line ${line}`, job }],
    { project: 'crontab', tenant: '' },
    Date.now(),
  );
  return { job: jobs[0]?.definition, problems: errors };
}

/** @param reason why the job is disabled */
const commentOf = (
  entry: CrontabEntry,
  { secrets, notCarriedOver }: Pick<CrontabEntry, 'secrets' | 'notCarriedOver'>,
  reason: string,
): readonly string[] => [
  ...entry.comments,
  entry.origin,
  ...[...entry.notCarriedOver, ...notCarriedOver].map((sentence) => `Not carried over: ${sentence}`),
  ...secrets.map(({ name, value }) => `Set the secret ${name} (PUT /v1/secrets/${name}) to ${value}.`),
  reason,
];
