import { readFile } from 'node:fs/promises';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { findProject } from '../../project/find-project.ts';
import type { CommandContext } from '../context.ts';
import { CommandFailed } from '../errors.ts';
import { printWritten } from '../print-written.ts';
import { PROJECT_HELP } from '../project-connection.ts';
import { addImportEventBridgeCommand } from './import-eventbridge.ts';

interface CrontabImportOptions {
  readonly project?: string | undefined;
  readonly timezone: string;
  readonly system?: true | undefined;
  readonly force?: true | undefined;
}

export function addImportCommands(program: CommandUnknownOpts, context: CommandContext): void {
  const group = program.command('import').summary('Turn schedules of other systems into job files');
  addImportEventBridgeCommand(group, context);
  group
    .command('crontab')
    .description('write a disabled job and a script to fill in for each command of a crontab')
    .argument('<file>', 'crontab, such as the output of crontab -l')
    .option('--project <folder>', PROJECT_HELP)
    .option('--timezone <zone>', 'time zone of entries without CRON_TZ: that of the machine', 'UTC')
    .option('--system', 'the entries name a user, as in /etc/crontab')
    .option('--force', 'overwrite files')
    .action((file, options: CrontabImportOptions) => importCrontab(context, file, options));
}

async function importCrontab(context: CommandContext, file: string, options: CrontabImportOptions): Promise<void> {
  const [{ parseCrontab }, { crontabFiles }, { layoutOf }, { writeNewFiles }, { loadProject }] = await Promise.all([
    import('../../apply/crontab.ts'),
    import('../../apply/crontab-files.ts'),
    import('../../apply/job-file.ts'),
    import('../../apply/write-new-files.ts'),
    import('../../project/load-project.ts'),
  ]);
  const project = await loadProject(findProject(options.project ?? process.cwd()));
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new CommandFailed(`${file}: ${error.message}`);
  });
  const { timezone, system: hasUsers = false, force = false } = options;
  const { entries, errors } = parseCrontab(text, { timezone, hasUsers });
  const { jobsFolder, scriptsFolder } = project;
  const { files, errors: invalid } = await crontabFiles(entries, { ...layoutOf(project), jobsFolder, scriptsFolder });
  const problems = [...errors, ...invalid];
  if (problems.length > 0) throw new CommandFailed(`${file}: nothing was written\n  ${problems.join('\n  ')}`);
  printWritten(context, await writeNewFiles(project.root, files, force));
}
