import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../../../lib/cli/program.ts';
import { projectRoot } from '../../../../lib/project-root.ts';

const readme = readFileSync(join(projectRoot, 'lib', 'cli', 'README.md'), 'utf8');
const { program } = createProgram({}, { out: () => {}, err: () => {} });

/** The command lines of all visible commands that are no groups: `jobdeck jobs get`. */
function leaves(command: CommandUnknownOpts, line: string): readonly string[] {
  const visible = command.createHelp().visibleCommands(command);
  const subcommands = visible.filter((subcommand) => subcommand.name() !== 'help');
  if (subcommands.length === 0) return [line];
  return subcommands.flatMap((subcommand) => leaves(subcommand, `${line} ${subcommand.name()}`));
}

describe('README of the command line', () => {
  it.each(leaves(program, 'jobdeck'))('has a row for %s', (line) => {
    expect(readme).toMatch(new RegExp(`^\\| \`${line}( [^\`]*)?\` \\|`, 'm'));
  });

  it.each(program.options.map(({ long }) => String(long)))('has a row for the option %s', (flag) => {
    expect(readme).toMatch(new RegExp(`^\\| \`${flag}\\b`, 'm'));
  });
});
