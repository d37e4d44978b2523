import { relative } from 'node:path';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CommandContext } from '../context.ts';

export function addInitCommand(program: CommandUnknownOpts, { print, note }: CommandContext): void {
  program
    .command('init')
    .summary('Make a project with a script and a job')
    .description(
      'Makes a project in a folder. Existing files are never overwritten; an existing package.json gets the missing ' +
        'dependencies and scripts.',
    )
    .argument('[dir]', 'folder of the project, created if missing', '.')
    .action(async (dir) => {
      const { initProject } = await import('../../project/init-project.ts');
      const { files, warnings } = await initProject(dir);
      for (const warning of warnings) note(`Warning: ${warning}\n`);
      const folder = relative('', dir);
      print(`Wrote ${files.join(', ')}.\n\nNext:\n`);
      if (folder !== '')
        print(`  cd ${/^[\w@%+=:,./-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", "'\\''")}'`}`);
      print(`  npm install
  npx jobdeck dev             # runs the project with its jobs on this machine until Ctrl-C
  npx jobdeck trigger hello   # in another terminal: runs a job`);
    });
}
