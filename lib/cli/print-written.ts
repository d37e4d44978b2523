import type { NewFile } from '../apply/write-new-files.ts';
import type { CommandContext } from './context.ts';

/** Prints the files that a command has written. */
export function printWritten(context: CommandContext, files: readonly NewFile[]): void {
  const written = files.map(({ path }) => path);
  if (context.json) context.print(JSON.stringify({ written }));
  else context.print(written.map((path) => `Wrote ${path}`).join('\n') || 'All files are up to date.');
}
