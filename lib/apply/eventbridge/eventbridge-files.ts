import type { CrontabLayout } from '../crontab-files.ts';
import { formatDraftScript } from '../draft-script.ts';
import { formatComment, formatJobFile } from '../job-file.ts';
import { jobFileName } from '../job-file-name.ts';
import { normalizeJobs } from '../normalize-job.ts';
import type { NewFile } from '../write-new-files.ts';
import type { ImportedJob } from './to-job.ts';

/** The project into which rules and schedules are imported. */
export interface ImportTarget extends CrontabLayout {
  /** Sources of the job files, by path. */
  readonly jobSources: ReadonlyMap<string, string>;
  /** Ids of the jobs that the project declares. */
  readonly jobIds: readonly string[];
}

export interface EventBridgeFiles {
  readonly files: readonly NewFile[];
  /** Job files of an earlier import, by the name of the rule or schedule, or by its origin if several have this name. */
  readonly kept: ReadonlyMap<string, string>;
  /** Problems of rules and schedules that define no valid job. */
  readonly errors: readonly string[];
}

/**
 * Returns a job and a script for each rule and schedule that no job file names as its origin. The job is disabled and the
 * script fails, because a target of AWS is no script. Names that are in use get a number.
 */
export async function eventBridgeFiles(jobs: readonly ImportedJob[], target: ImportTarget): Promise<EventBridgeFiles> {
  const taken = new Set([...namesOf(target)].map((name) => name.toLowerCase()));
  const files: NewFile[] = [];
  const kept = new Map<string, string>();
  const errors: string[] = [];
  for (const job of jobs) {
    const file = findFile(job, target.jobSources);
    if (file !== undefined) {
      kept.set(kept.has(job.name) ? job.origin : job.name, file);
      continue;
    }
    const id = uniqueId(job.name, taken);
    const declared = { id, name: job.name, script: id, enabled: false, ...job.fields };
    const normalized = await normalizeJobs(
      [{ file: job.origin, job: declared }],
      { project: 'import', tenant: '' },
      Date.now(),
    );
    errors.push(...normalized.errors);
    const layout = { ...target, scripts: [...target.scripts, id] };
    for (const { definition } of normalized.jobs) {
      files.push(
        // First, because `jobdeck dev` may be running.
        { path: `${target.scriptsFolder}/${id}.ts`, content: formatDraftScript(job.origin, workOf(job)) },
        { path: `${target.jobsFolder}/${id}.ts`, content: formatJobFile(definition, layout, commentOf(job)) },
      );
    }
  }
  return { files, kept, errors };
}

/** Names that a new job or script must not have. */
function* namesOf({ jobSources, jobIds, scripts }: ImportTarget): Iterable<string> {
  yield* jobIds;
  yield* scripts;
  for (const file of jobSources.keys()) yield file.replace(/^.*\//, '').replace(/\.ts$/, '');
}

const findFile = ({ origin }: ImportedJob, sources: ReadonlyMap<string, string>): string | undefined => {
  const line = formatComment(origin);
  return [...sources].find(([, source]) => source.split(/\r?\n/).includes(line))?.[0];
};

/** Returns an id that names a script and a file, too. */
function uniqueId(name: string, taken: Set<string>): string {
  const stem = name.replaceAll(/[^A-Za-z0-9_-]+/g, '-').replace(/^[_-]+/, '') || 'schedule';
  for (let n = 1; ; n++) {
    const suffix = n === 1 ? '' : `-${n}`;
    const id = `${stem.slice(0, 64 - suffix.length)}${suffix}`;
    if (taken.has(id.toLowerCase()) || jobFileName(id, new Set()) !== id) continue;
    taken.add(id.toLowerCase());
    return id;
  }
}

const commentOf = ({ origin, notCarriedOver, isEnabled }: ImportedJob): readonly string[] => [
  origin,
  ...notCarriedOver.map((sentence) => `Not carried over: ${sentence}`),
  isEnabled
    ? 'Disabled until the script does the work of the target.'
    : 'Disabled as its origin, and until the script does the work of the target.',
];

const workOf = ({ targets, origin }: ImportedJob): string =>
  targets.length === 0 ? `its targets yet: ${origin}` : `its target yet: ${targets.join(', ')}`;
