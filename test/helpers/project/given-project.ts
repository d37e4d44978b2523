import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Writes files, given by their paths relative to a folder. */
export function writeFiles(root: string, files: Readonly<Record<string, string>>): void {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), content);
  }
}

/** Files of a project with one stage and one script. */
export const PROJECT_FILES = {
  'package.json': '{ "name": "my-jobs" }',
  'jobdeck.config.ts': 'export default { stages: { prod: { workers: 7 } } };',
  'scripts/hello.ts': 'export default { run: () => {} };',
};

/**
 * Creates a project in a temporary folder with a space in its name. It is removed after the test.
 *
 * @returns its folder
 */
export function givenProject(files: Readonly<Record<string, string>> = {}): string {
  const parent = mkdtempSync(join(tmpdir(), 'jobdeck-project-'));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  const root = join(parent, 'my jobs');
  writeFiles(root, { ...PROJECT_FILES, ...files });
  return root;
}
