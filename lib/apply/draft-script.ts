import { formatComment } from './job-file.ts';
import { formatText } from './source-literal.ts';

/**
 * Formats a script that fails until its author writes it.
 *
 * @param comment a line in front of the script
 * @param missing words of the message of the error, after "does not do the work of"
 */
export function formatDraftScript(comment: string, missing: string): string {
  return [
    "import { defineScript } from 'jobdeck';",
    '',
    formatComment(comment),
    'export default defineScript({',
    '  run() {',
    `    throw new Error(${formatText(`This script does not do the work of ${missing}`)});`,
    '  },',
    '});',
    '',
  ].join('\n');
}
