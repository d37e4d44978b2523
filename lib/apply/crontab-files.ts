import type { CrontabEntry } from './crontab.ts';
import { formatComment, formatJobFile, type ProjectLayout } from './job-file.ts';
import { normalizeJobs } from './normalize-job.ts';
import { formatText } from './source-literal.ts';
import type { NewFile } from './write-new-files.ts';

/** Folders of the project. */
export interface CrontabLayout extends ProjectLayout {
  readonly jobsFolder: string;
  readonly scriptsFolder: string;
}

/**
 * Returns a job and a script for each entry of a crontab. The job is disabled and the script fails, because a command of
 * a machine is no script: the author writes the script, then enables the job.
 *
 * @returns the files, and the problems of entries that define no valid job
 */
export async function crontabFiles(
  entries: readonly CrontabEntry[],
  layout: CrontabLayout,
): Promise<{ readonly files: readonly NewFile[]; readonly errors: readonly string[] }> {
  const declared = entries.map((entry) => ({
    file: `line ${entry.line}`,
    job: {
      id: entry.id,
      name: entry.name,
      script: entry.id,
      schedule: entry.schedule,
      timezone: entry.timezone,
      env: entry.env,
      enabled: false,
    },
  }));
  const { jobs, errors } = await normalizeJobs(declared, 'crontab', Date.now());
  const files = jobs.flatMap(({ definition }): readonly NewFile[] => {
    const entry = entries.find(({ id }) => id === definition.id);
    if (!entry) return [];
    const scripts = [...layout.scripts, entry.id];
    return [
      {
        path: `${layout.jobsFolder}/${entry.id}.ts`,
        content: formatJobFile(definition, { ...layout, scripts }, commentOf(entry)),
      },
      { path: `${layout.scriptsFolder}/${entry.id}.ts`, content: formatScript(entry) },
    ];
  });
  return { files, errors };
}

const commentOf = ({ line, text, comments, notCarriedOver }: CrontabEntry): readonly string[] => [
  ...comments,
  `Line ${line} of the crontab: ${text}`,
  ...notCarriedOver.map((sentence) => `Not carried over: ${sentence}`),
  'Disabled until the script does the work of the command.',
];

function formatScript({ line, text, command }: CrontabEntry): string {
  return [
    "import { defineScript } from 'jobdeck';",
    '',
    formatComment(`Line ${line} of the crontab: ${text}`),
    'export default defineScript({',
    '  run() {',
    `    throw new Error(${formatText(`This script does not do the work of the command yet: ${command}`)});`,
    '  },',
    '});',
    '',
  ].join('\n');
}
